//! A plot of ratios: a row each, on a logarithmic axis, with intervals.

use super::axis::{Axis, Scale, label};
use super::canvas::{self, Anchor, Canvas, Colour, GRID, INK, PALE, Unplotted};

pub struct Dots {
    pub title: String,
    pub subtitle: String,
    /// What the values are.
    pub axis: String,
    pub rows: Vec<Row>,
    pub legend: Vec<(Colour, String)>,
}

pub enum Row {
    Heading(String),
    Points {
        label: String,
        points: Vec<Point>,
        /// What stands in place of missing points.
        note: &'static str,
    },
}

pub struct Point {
    pub value: f64,
    pub interval: Option<(f64, f64)>,
    pub colour: Colour,
    pub small: bool,
}

const WIDTH: i32 = 860;
const ROW: i32 = 18;
const TOP: i32 = 84;
const BOTTOM: i32 = 52;
const RIGHT: i32 = 24;
/// Pixels of a character, about.
const CHARACTER: i32 = 7;
/// Of an interval that is drawn whole: one that reaches further would leave no room for the others.
const FURTHEST: f64 = 3.0;
/// Values from here on are written at the edge, if they are few: drawn to scale, they would leave no room for the others.
const FAR: f64 = 3.0;
/// The part of the points that are few.
const FEW: f64 = 0.2;

impl Dots {
    /// The picture, as SVG.
    pub fn draw(&self) -> Result<String, Unplotted> {
        let height = TOP + ROW * self.rows.len() as i32 + BOTTOM;
        canvas::draw((WIDTH as u32, height as u32), |canvas| self.paint(canvas, height))
    }

    fn points(&self) -> impl Iterator<Item = &Point> {
        self.rows.iter().flat_map(|row| match row {
            Row::Heading(_) => [].iter(),
            Row::Points { points, .. } => points.iter(),
        })
    }

    /// The value from which on points are written at the edge.
    fn far(&self) -> f64 {
        let all = self.points().count();
        let beyond = self.points().filter(|point| point.value >= FAR).count();
        // Several of one row would be written over one another.
        let alone = self.rows.iter().all(|row| match row {
            Row::Heading(_) => true,
            Row::Points { points, .. } => points.len() <= 1,
        });
        if alone && (beyond as f64) <= FEW * all as f64 { FAR } else { f64::INFINITY }
    }

    fn paint(&self, canvas: &Canvas<'_>, height: i32) -> Result<(), Unplotted> {
        let widest = self.rows.iter().map(|row| match row {
            Row::Heading(text) => text.chars().count(),
            Row::Points { label, .. } => label.chars().count(),
        });
        let left = 24 + CHARACTER * widest.max().unwrap_or_default() as i32;
        let (top, bottom) = (TOP, height - BOTTOM);
        let far = self.far();
        let ends = self.points().filter(|point| point.value < far).flat_map(|point| {
            let (low, high) = point.interval.unwrap_or((point.value, point.value));
            [point.value, low.max(point.value / FURTHEST), high.min(point.value * FURTHEST)]
        });
        let axis = Axis::fit(ends.chain([1.0]), Scale::Logarithmic, (left, WIDTH - RIGHT));
        canvas.text((16, 20), 17, INK, Anchor::Left, &self.title)?;
        canvas.text((16, 41), 11, PALE, Anchor::Left, &self.subtitle)?;
        self.paint_legend(canvas, 62)?;
        for tick in axis.ticks(46) {
            let x = axis.pixel(tick);
            canvas.line(&[(x, top), (x, bottom)], 1, GRID)?;
            canvas.text((x, bottom + 14), 12, PALE, Anchor::Middle, &label(tick))?;
        }
        let one = axis.pixel(1.0);
        canvas.line(&[(one, top), (one, bottom)], 1, INK)?;
        canvas.text(((left + WIDTH - RIGHT) / 2, bottom + 36), 12, INK, Anchor::Middle, &self.axis)?;
        for (number, row) in self.rows.iter().enumerate() {
            let y = top + ROW * number as i32 + ROW / 2;
            match row {
                Row::Heading(text) => canvas.text((16, y), 12, PALE, Anchor::Left, text)?,
                Row::Points { label, points, note } => {
                    canvas.text((left - 8, y), 12, INK, Anchor::Right, label)?;
                    if points.is_empty() {
                        canvas.text((one + 8, y), 11, PALE, Anchor::Left, note)?;
                    }
                    for point in points {
                        match point.value < far {
                            true => self.paint_point(canvas, &axis, point, y)?,
                            false => {
                                let text = format!("{:.1} \u{25b8}", point.value);
                                canvas.text((WIDTH - RIGHT, y), 12, point.colour, Anchor::Right, &text)?;
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn paint_point(&self, canvas: &Canvas<'_>, axis: &Axis, point: &Point, y: i32) -> Result<(), Unplotted> {
        if let Some((low, high)) = point.interval {
            let (low, high) = (low.max(point.value / FURTHEST), high.min(point.value * FURTHEST));
            canvas.line(&[(axis.pixel(low), y), (axis.pixel(high), y)], 2, point.colour)?;
        }
        canvas.dot((axis.pixel(point.value), y), if point.small { 2 } else { 4 }, point.colour)
    }

    fn paint_legend(&self, canvas: &Canvas<'_>, y: i32) -> Result<(), Unplotted> {
        let mut x = 22;
        for (colour, name) in &self.legend {
            canvas.dot((x, y), 4, colour)?;
            canvas.text((x + 10, y), 12, INK, Anchor::Left, name)?;
            x += 34 + CHARACTER * name.chars().count() as i32;
        }
        Ok(())
    }
}
