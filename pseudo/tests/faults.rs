//! The deliberate faults of the mutation check: each is made at one place, and the table says what noticed it.

mod common;

use common::{Complaints, files, root};
use pseudo_vm::faults::FAULTS;

#[test]
fn every_fault_is_made_at_one_place() {
    let mut complaints = Complaints::default();
    let sources = files("rs");
    let declared = root().join("vm/src/faults.rs");
    for info in FAULTS {
        let site = format!("Fault::{}", info.name);
        let is_end = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric());
        let sites = sources
            .iter()
            .filter(|(path, _)| *path != declared)
            .map(|(_, text)| text.split(&site).skip(1).filter(|rest| is_end(rest)).count());
        let sites: usize = sites.sum();
        if sites != 1 {
            complaints.add(&declared, 1, &format!("{} is made at {sites} places", info.name));
        }
    }
}

/// Rows for all faults, in their order, in which nothing is missing or was missed.
#[test]
fn the_table_says_what_noticed_every_fault() {
    let mut complaints = Complaints::default();
    let path = root().join("docs/mutation-check.md");
    let text = std::fs::read_to_string(&path).expect("the table is there");
    let table = text.lines().enumerate().skip_while(|(_, line)| !line.starts_with("| fault "));
    let mut rows = table.skip(2).take_while(|(_, line)| line.starts_with('|'));
    for info in FAULTS {
        let Some((number, row)) = rows.next() else {
            complaints.add(&path, 1, &format!("no row of {}", info.name));
            break;
        };
        // What is wrong may have a bar in it.
        let what = format!("| {} | {} | {} |", info.name, info.stage, info.wrong);
        let found = row.strip_prefix(&what).unwrap_or_default();
        let cells: Vec<&str> = found.trim_end_matches('|').split(" | ").map(str::trim).collect();
        if cells.len() != 5 || cells.iter().any(|cell| cell.is_empty() || cell.contains("missed")) {
            complaints.add(&path, number + 1, &format!("should begin with `{what}` and say what noticed it"));
        }
    }
    if let Some((number, _)) = rows.next() {
        complaints.add(&path, number + 1, "a row of no fault");
    }
    assert!(FAULTS.len() >= 40);
}
