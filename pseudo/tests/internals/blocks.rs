//! The blocks of a page.
//!
//! - ```` ```pseudo ````: a program. It is in the file that the next command names.
//! - ```` ```sh ````, beginning with `pseudo `: a command, whose dump the blocks behind it are parts of.
//! - ```` ```ir ````, ```` ```diff ````, ```` ```text ```` with more words: such a part, [`super::sections`] says which.
//! - any language with `in FILE`: lines of a file of the workspace.

/// A block of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The number of the line with which it begins.
    pub line: usize,
    pub language: String,
    /// What follows the language in that line.
    pub info: String,
    pub text: String,
}

impl Block {
    /// The command that it shows, if that runs `pseudo` itself.
    pub fn command(&self) -> Option<&str> {
        let first = self.text.lines().next().filter(|_| self.language == "sh")?;
        first.starts_with("pseudo ").then_some(first)
    }

    /// The file that it quotes.
    pub fn quoted_file(&self) -> Option<&str> {
        self.info.strip_prefix("in ")
    }
}

/// A piece of a page.
enum Piece {
    Prose { line: usize, text: String },
    Block(Block),
}

/// A page: prose and blocks.
pub struct Page(Vec<Piece>);

const FENCE: &str = "```";

impl Page {
    /// Takes a page apart.
    pub fn parse(text: &str) -> Page {
        let mut pieces = Vec::new();
        let mut block: Option<Block> = None;
        for (number, line) in (1..).zip(text.lines()) {
            match &mut block {
                Some(_) if line == FENCE => pieces.extend(block.take().map(Piece::Block)),
                Some(block) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                None => match line.strip_prefix(FENCE) {
                    Some(begin) => {
                        let (language, info) = begin.split_once(' ').unwrap_or((begin, ""));
                        let (language, info) = (language.to_string(), info.to_string());
                        block = Some(Block { line: number, language, info, text: String::new() });
                    }
                    None => pieces.push(Piece::Prose { line: number, text: line.to_string() }),
                },
            }
        }
        assert!(block.is_none(), "the last block has no end");
        Page(pieces)
    }

    /// The page as text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Prose { text, .. } => out.push_str(text),
                Piece::Block(block) => {
                    let blank = if block.info.is_empty() { "" } else { " " };
                    out += &format!("{FENCE}{}{blank}{}\n{}{FENCE}", block.language, block.info, block.text);
                }
            }
            out.push('\n');
        }
        out
    }

    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Block(block) => Some(block),
            Piece::Prose { .. } => None,
        })
    }

    pub fn blocks_mut(&mut self) -> impl Iterator<Item = &mut Block> {
        self.0.iter_mut().filter_map(|piece| match piece {
            Piece::Block(block) => Some(block),
            Piece::Prose { .. } => None,
        })
    }

    /// What tables quote at the beginning of a row, with the number of the line, and the block above.
    pub fn quotations(&self) -> Vec<(usize, &str, &str)> {
        let mut found = Vec::new();
        let mut above = None;
        for piece in &self.0 {
            match piece {
                Piece::Block(block) => above = (!block.info.is_empty()).then_some(block.text.as_str()),
                Piece::Prose { line, text } => {
                    let quoted = text.strip_prefix("| `").and_then(|rest| rest.split_once('`'));
                    found.extend(quoted.zip(above).map(|((quoted, _), above)| (*line, quoted, above)));
                }
            }
        }
        found
    }
}

#[test]
fn a_page_is_taken_apart_and_put_together() {
    let text = "# A\n\n```ir before cse\n%1: int\n```\n| `%1: int` | a number |\n\n```sh\npseudo a.pseudo\n```\n";
    let page = Page::parse(text);
    assert_eq!(page.text(), text);
    let blocks: Vec<&Block> = page.blocks().collect();
    assert_eq!((blocks[0].line, blocks[0].info.as_str(), blocks[0].text.as_str()), (3, "before cse", "%1: int\n"));
    assert_eq!((blocks[0].command(), blocks[1].command()), (None, Some("pseudo a.pseudo")));
    assert_eq!(page.quotations(), [(6, "%1: int", "%1: int\n")]);
}
