//! Text tables: the first column to the left, the others to the right.

/// Rows of cells below a heading.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
enum Row {
    Cells(Vec<String>),
    Rule,
}

impl Table {
    /// A table with this heading.
    pub fn new(heading: impl IntoIterator<Item = impl Into<String>>) -> Table {
        let mut table = Table::default();
        table.row(heading);
        table.rule();
        table
    }

    /// Adds a row of cells.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(Row::Cells(cells.into_iter().map(Into::into).collect()));
    }

    /// Adds a line across.
    pub fn rule(&mut self) {
        self.rows.push(Row::Rule);
    }

    /// The text of the table, each line ended by a newline.
    pub fn render(&self) -> String {
        let widths = self.widths();
        let mut text = String::new();
        for row in &self.rows {
            let line = match row {
                Row::Rule => "-".repeat(widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1)),
                Row::Cells(cells) => line(cells, &widths),
            };
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// The width of each column, in characters.
    fn widths(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        for row in &self.rows {
            let Row::Cells(cells) = row else { continue };
            for (column, cell) in cells.iter().enumerate() {
                if column == widths.len() {
                    widths.push(0);
                }
                widths[column] = widths[column].max(cell.chars().count());
            }
        }
        widths
    }
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut text = String::new();
    for (column, (cell, &width)) in cells.iter().zip(widths).enumerate() {
        if column == 0 {
            text.push_str(&format!("{cell:<width$}"));
        } else {
            text.push_str(&format!("  {cell:>width$}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(["program", "s"]);
        table.row(["count", "0.001"]);
        table.row(["array_sum", "12.5"]);
        table.rule();
        table.row(["mean"]);
        assert_eq!(
            table.render(),
            "\
program        s
----------------
count      0.001
array_sum   12.5
----------------
mean
"
        );
    }
}
