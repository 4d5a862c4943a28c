//! The settings of a sweep: values of parameters of the compiler.

use pseudo_codegen::engine::{PARAMS, Params};

use crate::experiment::Setting;

/// Values of a parameter, ascending, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    /// The parameter.
    pub name: String,
    /// Not empty, all in the parameter's range.
    pub values: Vec<u32>,
}

/// Values of a range in each factor of ten, if no number is given.
const PER_DECADE: f64 = 3.0;
/// Values of one parameter at most.
const MOST: usize = 1000;

impl Values {
    /// Reads `NAME=VALUES`, where `VALUES` is one or more of these, with commas in between: `A`; `A..B`, which is three values in each
    /// factor of ten; `A..B:COUNT`, which is so many. Values of a range grow by the same factor, and include both ends.
    ///
    /// # Errors
    ///
    /// In words, if it is not that, there is no such parameter, or it does not take such a value.
    pub fn parse(text: &str) -> Result<Values, String> {
        let Some((name, list)) = text.split_once('=') else {
            return Err(format!(
                "`{text}` is not of the form NAME=VALUES, such as hotloop=1..1000 or hotloop=1,56,1000"
            ));
        };
        let mut values = Vec::new();
        for word in list.split(',') {
            match word.split_once("..") {
                None => values.push(number(text, word)?),
                Some((from, to)) => values.extend(range(text, from, to)?),
            }
        }
        values.sort_unstable();
        values.dedup();
        if values.len() > MOST {
            return Err(format!("`{text}` is {} values; {MOST} is the most", values.len()));
        }
        for value in &values {
            // Says which parameters there are, or which values it takes.
            Params::default().set(&format!("{name}={value}"))?;
        }
        Ok(Values { name: name.to_owned(), values })
    }
}

fn number(text: &str, word: &str) -> Result<u32, String> {
    word.trim().parse().map_err(|_| format!("`{text}`: expected a number or a range A..B, not `{word}`"))
}

fn range(text: &str, from: &str, to: &str) -> Result<Vec<u32>, String> {
    let (to, count) = match to.split_once(':') {
        None => (to, None),
        Some((to, count)) => (to, Some(count)),
    };
    let (from, to) = (number(text, from)?, number(text, to)?);
    if from >= to {
        return Err(format!("`{text}`: the range {from}..{to} has no values, as it does not go up"));
    }
    // There is no factor from 0 on: it is a value of its own.
    let first = from.max(1);
    let decades = (f64::from(to) / f64::from(first)).log10();
    let steps = match count {
        None => (decades * PER_DECADE).round().max(1.0) as usize,
        Some(word) => {
            let count = word.trim().parse::<usize>().ok().filter(|count| (2..=MOST).contains(count));
            let count = count.ok_or_else(|| format!("`{text}`: expected 2 to {MOST} values, not `{word}`"))?;
            count - 1 - usize::from(from == 0 && count > 2)
        }
    };
    let mut values: Vec<u32> = Vec::new();
    values.extend((from == 0).then_some(0));
    for step in 0..=steps {
        let exponent = decades * step as f64 / steps as f64;
        values.push((f64::from(first) * 10f64.powf(exponent)).round().min(f64::from(to)) as u32);
    }
    Ok(values)
}

/// Which settings several parameters make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combination {
    /// Each value of one with each value of the others.
    Product,
    /// One after another, the others as they come.
    OneByOne,
}

/// Settings of a sweep at most: beyond that it is a mistake.
const MOST_SETTINGS: usize = 5000;

/// All settings of a sweep: as it comes, then those of the parameters.
///
/// # Errors
///
/// If a parameter is named twice, or there are far too many.
pub fn settings(parameters: &[Values], combination: Combination) -> Result<Vec<Setting>, String> {
    for (at, values) in parameters.iter().enumerate() {
        if parameters[..at].iter().any(|earlier| earlier.name == values.name) {
            return Err(format!("{} is named twice: give all its values at once, such as {0}=1,10..100", values.name));
        }
    }
    let count = parameters.iter().try_fold(1_usize, |product, values| product.checked_mul(values.values.len()));
    let assignments: Vec<Vec<(&str, u32)>> = match combination {
        Combination::OneByOne => parameters.iter().flat_map(each).collect(),
        Combination::Product if count.is_none_or(|count| count > MOST_SETTINGS) => {
            return Err(format!("these are more than {MOST_SETTINGS} combinations; --one-by-one does without them"));
        }
        Combination::Product => {
            let mut rows: Vec<Vec<(&str, u32)>> = vec![Vec::new()];
            for values in parameters {
                rows = rows.iter().flat_map(|row| each(values).map(|more| [&row[..], &more[..]].concat())).collect();
            }
            rows
        }
    };
    let settings = assignments.iter().map(|assignment| setting(assignment));
    Ok([Setting::default_pseudo()].into_iter().chain(settings).collect())
}

/// The values one by one, as assignments.
fn each(values: &Values) -> impl Iterator<Item = Vec<(&str, u32)>> {
    values.values.iter().map(|&value| vec![(values.name.as_str(), value)])
}

fn setting(assignment: &[(&str, u32)]) -> Setting {
    let texts: Vec<String> = assignment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let options: Vec<&str> = texts.iter().flat_map(|text| ["--param", text]).collect();
    let group: Vec<&str> = assignment.iter().map(|&(name, _)| name).collect();
    let mut setting = Setting::pseudo(&group.join(", "), &texts.join(" "), &options);
    setting.parameters = assignment.iter().map(|&(name, value)| (name.to_owned(), value)).collect();
    setting
}

/// The value that a parameter has if nothing else is said.
pub fn default_value(name: &str) -> Option<u32> {
    PARAMS.iter().find(|info| info.name == name).map(|info| info.default)
}

/// What a parameter is, in words.
pub fn meaning(name: &str) -> Option<&'static str> {
    PARAMS.iter().find(|info| info.name == name).map(|info| info.meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<u32> {
        Values::parse(text).unwrap().values
    }

    #[test]
    fn ranges_grow_by_a_factor() {
        assert_eq!(values("hotloop=1..1000"), [1, 2, 5, 10, 22, 46, 100, 215, 464, 1000]);
        assert_eq!(values("hotloop=1..1000:4"), [1, 10, 100, 1000]);
        assert_eq!(values("hotloop=1..3"), [1, 3]);
        assert_eq!(values("hotloop=1..4:9"), [1, 2, 3, 4]);
        assert_eq!(values("maxside=0..100:4"), [0, 1, 10, 100]);
        assert_eq!(values("maxside=0..1"), [0, 1]);
        assert_eq!(values("hotloop=5..1000000:2"), [5, 1_000_000]);
    }

    #[test]
    fn lists_are_sorted_and_may_hold_ranges() {
        assert_eq!(values("hotloop=1000,1,56,1"), [1, 56, 1000]);
        assert_eq!(values("hotloop=1..100:3,7"), [1, 7, 10, 100]);
        assert_eq!(values("hotexit=3"), [3]);
    }

    #[test]
    fn what_is_no_sweep_is_an_error_in_words() {
        let error = |text: &str| Values::parse(text).unwrap_err();
        assert!(error("hotloop").contains("NAME=VALUES"));
        assert!(error("hotlop=1..2").contains("there is no parameter `hotlop`"));
        assert!(error("hotloop=0..9").contains("from 1 to"));
        assert!(error("hotloop=").contains("expected a number or a range A..B, not ``"));
        assert!(error("hotloop=1..x").contains("not `x`"));
        assert!(error("hotloop=9..3").contains("does not go up"));
        assert!(error("hotloop=1..9:1").contains("expected 2 to 1000 values, not `1`"));
        assert!(error("hotloop=1..99999999999").contains("99999999999"));
        assert!(error("maxrecord=-1").contains("`-1`"));
    }

    #[test]
    fn several_parameters_are_a_product_or_one_after_another() {
        let parameters = [Values::parse("hotloop=1,2").unwrap(), Values::parse("hotexit=3,4,5").unwrap()];
        let product = settings(&parameters, Combination::Product).unwrap();
        assert_eq!(product.len(), 1 + 6);
        assert_eq!(product[2].name, "hotloop=1 hotexit=4");
        assert_eq!(product[2].options, ["--param", "hotloop=1", "--param", "hotexit=4"]);
        assert_eq!(product[2].parameters["hotexit"], 4);
        let each = settings(&parameters, Combination::OneByOne).unwrap();
        let names: Vec<_> = each.iter().map(|setting| setting.name.as_str()).collect();
        assert_eq!(names, ["default", "hotloop=1", "hotloop=2", "hotexit=3", "hotexit=4", "hotexit=5"]);
        let twice = [parameters[0].clone(), parameters[0].clone()];
        assert!(settings(&twice, Combination::Product).unwrap_err().contains("named twice"));
        let many = ["hotloop=1..900000:900", "hotexit=1..900000:900"].map(|text| Values::parse(text).unwrap());
        assert!(settings(&many, Combination::Product).unwrap_err().contains("--one-by-one"));
    }
}
