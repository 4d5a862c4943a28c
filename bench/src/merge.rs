//! Puts together what the shards of an experiment have measured.

use crate::experiment::Setting;
use crate::machine::Commit;
use crate::results::{Results, State};

/// What came of it.
#[derive(Debug)]
pub struct Merged {
    pub results: Results,
    /// What the user should know, a line each: nothing that forbids it.
    pub remarks: Vec<String>,
}

/// Puts results together, each with the name of its file.
///
/// # Errors
///
/// If they are not of one experiment, or two have measured the same program: a line for each difference.
pub fn merge(files: &[(String, Results)]) -> Result<Merged, Vec<String>> {
    let [(first_name, first), others @ ..] = files else { return Err(vec!["there is nothing to merge".to_owned()]) };
    let mut complaints = Vec::new();
    let mut remarks = Vec::new();
    for (name, other) in others {
        let differences = differences(first, other);
        complaints.extend(differences.into_iter().map(|difference| format!("{first_name} and {name}: {difference}")));
        for (own, its) in first.parts.iter().zip(&other.parts).take(1) {
            let machines = own.machine.differences(&its.machine).into_iter();
            remarks.extend(machines.map(|difference| format!("{first_name} and {name}: other machines: {difference}")));
            if own.fingerprint != its.fingerprint {
                let text = format!("{first_name} and {name}: the pseudo commands are not the same file");
                match first.commit.as_ref().is_none_or(|commit| commit.dirty) {
                    // Nothing else says that they are of the same sources.
                    true => complaints.push(text),
                    false => remarks.push(text),
                }
            }
        }
    }
    let mut results = Results { parts: Vec::new(), programs: Vec::new(), complete: false, ..first.clone() };
    let mut owners: Vec<(&str, &str)> = Vec::new();
    for (name, file) in files {
        for program in &file.programs {
            match owners.iter().find(|(known, _)| *known == program.name) {
                Some((_, owner)) => complaints.push(format!("{owner} and {name}: both have measured {}", program.name)),
                None => owners.push((&program.name, name)),
            }
            let mut program = program.clone();
            program.part += results.parts.len();
            results.programs.push(program);
        }
        results.parts.extend(file.parts.iter().cloned());
    }
    if !complaints.is_empty() {
        return Err(complaints);
    }
    let place = |name: &str| results.planned.iter().position(|planned| planned == name);
    results.programs.sort_by_key(|program| place(&program.name));
    let missing: Vec<_> = results.planned.iter().filter(|name| owners.iter().all(|(known, _)| known != name)).collect();
    if !missing.is_empty() {
        let missing: Vec<&str> = missing.into_iter().map(String::as_str).collect();
        remarks.push(format!("still missing: {}", missing.join(", ")));
    }
    let pending = results.programs.iter().filter(|program| program.cells.iter().any(|it| it.state == State::Pending));
    let pending: Vec<&str> = pending.map(|program| program.name.as_str()).collect();
    if !pending.is_empty() {
        remarks.push(format!("not measured to the end: {}", pending.join(", ")));
    }
    results.complete = owners.len() == results.planned.len() && pending.is_empty();
    Ok(Merged { results, remarks })
}

/// What makes two results those of different experiments.
fn differences(a: &Results, b: &Results) -> Vec<String> {
    let mut differences = Vec::new();
    let mut compare = |what: &str, equal: bool, own: String, its: String| {
        if !equal {
            differences.push(format!("{what}: {own} and {its}"));
        }
    };
    compare("kind", a.kind == b.kind, a.kind.name().to_owned(), b.kind.name().to_owned());
    let commit = |results: &Results| Commit::describe(results.commit.as_ref());
    compare("commit", a.commit == b.commit, commit(a), commit(b));
    compare("rule", a.rule == b.rule, format!("{:?}", a.rule), format!("{:?}", b.rule));
    compare("peers that are not installed", a.absent == b.absent, a.absent.join(", "), b.absent.join(", "));
    compare("programs", a.planned == b.planned, a.planned.join(" "), b.planned.join(" "));
    for name in a.versions.keys().chain(b.versions.keys().filter(|name| !a.versions.contains_key(*name))) {
        let version = |results: &Results| results.versions.get(name).cloned();
        let text = |results: &Results| version(results).unwrap_or_else(|| "none".to_owned());
        compare(&format!("version of {name}"), version(a) == version(b), text(a), text(b));
    }
    let describe = |setting: Option<&Setting>| match setting {
        None => "none".to_owned(),
        Some(setting) => format!("{} ({} {})", setting.name, setting.engine, setting.options.join(" ")),
    };
    for at in 0..a.settings.len().max(b.settings.len()) {
        let (own, its) = (a.settings.get(at), b.settings.get(at));
        if own != its {
            compare(&format!("setting {}", at + 1), false, describe(own), describe(its));
            // One that is there in one only would make all behind it differ.
            break;
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Shard;
    use crate::results::tests::example;

    /// Shards of the example, a program each.
    fn shards() -> [(String, Results); 2] {
        [0, 1].map(|index| {
            let mut results = example();
            results.programs = vec![results.programs.swap_remove(index)];
            results.parts[0].shard = Shard { index, count: 2 };
            results.complete = false;
            (format!("{index}.json"), results)
        })
    }

    #[test]
    fn shards_become_the_whole() {
        let [a, b] = shards();
        let merged = merge(&[b, a]).unwrap();
        assert_eq!(merged.remarks, [""; 0]);
        assert_eq!(merged.results.programs.len(), 2);
        assert_eq!((merged.results.programs[0].name.as_str(), merged.results.programs[0].part), ("a", 1));
        assert_eq!((merged.results.programs[1].name.as_str(), merged.results.programs[1].part), ("b", 0));
        assert_eq!(merged.results.parts.len(), 2);
        assert!(merged.results.complete);
    }

    #[test]
    fn what_is_missing_is_named() {
        let [(_, mut a), _] = shards();
        a.programs[0].cells[1].state = State::Pending;
        let merged = merge(&[("a.json".to_owned(), a)]).unwrap();
        assert_eq!(merged.remarks, ["still missing: b", "not measured to the end: a"]);
        assert!(!merged.results.complete);
    }

    #[test]
    fn what_is_not_one_experiment_is_named() {
        let complaints = |change: fn(&mut Results)| {
            let [a, (name, mut b)] = shards();
            change(&mut b);
            merge(&[a, (name, b)]).unwrap_err().join("\n")
        };
        assert_eq!(
            complaints(|b| _ = b.versions.insert("pseudo".to_owned(), "pseudo 2".to_owned())),
            "0.json and 1.json: version of pseudo: pseudo 1 and pseudo 2"
        );
        assert_eq!(
            complaints(|b| b.settings[1].options[0] = "--passes=-dce".to_owned()),
            "0.json and 1.json: setting 2: slow (pseudo --passes=-cse) and slow (pseudo --passes=-dce)"
        );
        assert!(complaints(|b| _ = b.settings.pop()).ends_with("and none"));
        assert!(complaints(|b| b.commit = None).contains("commit: c0ffeec0ffee and unknown"));
        assert!(complaints(|b| b.rule.min_runs = 9).contains("rule: "));
        assert!(complaints(|b| b.planned.push("c".to_owned())).contains("programs: a b and a b c"));
        assert!(complaints(|b| b.absent.push("gcc".to_owned())).contains("gcc"));
        assert_eq!(complaints(|b| b.programs[0].name = "a".to_owned()), "0.json and 1.json: both have measured a");
        assert!(merge(&[]).is_err());
    }

    #[test]
    fn other_machines_are_allowed_and_other_commands_only_if_the_commit_tells() {
        let [a, (name, mut b)] = shards();
        b.parts[0].machine.cores = 64;
        b.parts[0].fingerprint = "5678".to_owned();
        let remarks = merge(&[a.clone(), (name.clone(), b.clone())]).unwrap().remarks;
        assert_eq!(
            remarks,
            [
                "0.json and 1.json: other machines: cores: 2 and 64",
                "0.json and 1.json: the pseudo commands are not the same file"
            ]
        );
        let mut dirty = [a, (name, b)];
        for (_, results) in &mut dirty {
            results.commit.as_mut().unwrap().dirty = true;
        }
        assert!(merge(&dirty).unwrap_err()[0].contains("not the same file"));
    }
}
