//! A dump as one page, which needs nothing but a browser: no other file, no network.
//!
//! The page is `page/page.html` with its style and scripts, and behind them the records, as the lines of JSON that they are
//! ([`super::json`]), in an element that is not shown. They are written as they come: a page whose program was killed opens as
//! well, since a document may end anywhere. What is shown is made of the records when the page is opened, by the scripts.

use std::io::{self, Write};

use super::record::Record;

const DOCUMENT: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");

/// The scripts, each of which may use those before it.
const SCRIPTS: [&str; 14] = [
    include_str!("page/records.js"),
    include_str!("page/join.js"),
    include_str!("page/wording.js"),
    include_str!("page/passes.js"),
    include_str!("page/rows.js"),
    include_str!("page/words.js"),
    include_str!("page/list.js"),
    include_str!("page/columns.js"),
    include_str!("page/related.js"),
    include_str!("page/trace.js"),
    include_str!("page/graph.js"),
    include_str!("page/source.js"),
    include_str!("page/problems.js"),
    include_str!("page/main.js"),
];

/// Where style and scripts stand in the document.
const PLACES: [&str; 2] = ["/* STYLE */", "/* SCRIPT */"];

const END: &str = "</script>\n</body>\n</html>\n";

/// A page that is being written.
#[derive(Default)]
pub struct Page {
    begun: bool,
}

impl Page {
    /// Writes a record; with the first what stands before them all, with [`Record::Ended`] what stands behind.
    ///
    /// # Errors
    ///
    /// If the writer can't take it.
    pub fn record(&mut self, out: &mut dyn Write, record: &Record) -> io::Result<()> {
        if !self.begun {
            self.begun = true;
            write_head(out)?;
        }
        let line = serde_json::to_string(record)?;
        // Only strings have a `<` in them. Without one, nothing closes the element that the records are in.
        out.write_all(line.replace('<', "\\u003c").as_bytes())?;
        out.write_all(b"\n")?;
        if let Record::Ended { .. } = record { out.write_all(END.as_bytes()) } else { Ok(()) }
    }
}

fn write_head(out: &mut dyn Write) -> io::Result<()> {
    let (before, rest) = DOCUMENT.split_once(PLACES[0]).unwrap_or((DOCUMENT, ""));
    let (between, behind) = rest.split_once(PLACES[1]).unwrap_or((rest, ""));
    out.write_all(before.as_bytes())?;
    out.write_all(STYLE.as_bytes())?;
    out.write_all(between.as_bytes())?;
    for script in SCRIPTS {
        out.write_all(script.as_bytes())?;
    }
    out.write_all(behind.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(records: &[Record]) -> String {
        let (mut page, mut out) = (Page::default(), Vec::new());
        for record in records {
            page.record(&mut out, record).expect("a vector takes all");
        }
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn nothing_in_a_record_ends_the_element_that_records_are_in() {
        let text = "print(\"</script><!-- <script>\")".to_string();
        let page =
            page(&[Record::File { file: "a".to_string(), text }, Record::Ended { generation: 0, exits: Vec::new() }]);
        let (_, records) = page.split_once("id=\"records\">").expect("an element for records");
        assert_eq!(records.matches('<').count(), END.matches('<').count(), "{records}");
        assert!(records.ends_with(END));
    }

    #[test]
    fn a_page_has_all_its_parts_in_it_and_asks_for_nothing() {
        let page = page(&[]) + &page(&[Record::File { file: String::new(), text: String::new() }]);
        for place in PLACES {
            assert_eq!(DOCUMENT.matches(place).count(), 1, "{place}");
            assert!(!page.contains(place));
        }
        // The one address names the form of pictures, and is never asked for.
        let addresses = page.matches("://").count();
        assert_eq!(addresses, page.matches("http://www.w3.org/2000/svg").count());
        assert!(page.contains("default-src 'none'"));
        // What is written in place of a script's end would end it.
        for script in SCRIPTS {
            assert!(!script.contains("</script") && !script.contains("<!--"));
        }
    }
}
