//! The settings of an ablation: what each pass, each threshold and each tier is worth.

use pseudo_codegen::engine::Tier;
use pseudo_trace::opt::PASSES;

use crate::experiment::Setting;
use crate::sweep::Values;

/// Values of thresholds that are tried if no others are asked for, in the form of the command line.
pub const THRESHOLDS: [&str; 3] = ["hotloop=1,10,100,1000", "hotexit=1,3,30,100", "methodloop=1,200,1000"];

/// All settings of an ablation: as it comes, each pass off, all off, each alone, thresholds, tiers.
pub fn settings(thresholds: &[Values]) -> Vec<Setting> {
    let mut settings = vec![Setting::default_pseudo()];
    for pass in PASSES {
        let name = format!("-{}", pass.name);
        settings.push(Setting::pseudo("pass off", &name, &[&format!("--passes={name}")]));
    }
    settings.push(Setting::pseudo("all passes off", "none", &["--passes=none"]));
    for pass in PASSES {
        let name = format!("none,+{}", pass.name);
        settings.push(Setting::pseudo("pass alone", &name, &[&format!("--passes={name}")]));
    }
    for threshold in thresholds {
        for value in &threshold.values {
            let name = format!("{}={value}", threshold.name);
            let mut setting = Setting::pseudo("threshold", &name, &["--param", &name]);
            setting.parameters.insert(threshold.name.clone(), *value);
            settings.push(setting);
        }
    }
    // The one that is left is the default.
    for (name, _) in Tier::ALL.into_iter().filter(|(_, tier)| *tier != Tier::default()) {
        settings.push(Setting::pseudo("tier", &format!("tier {name}"), &["--tier", name]));
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;
    use pseudo_trace::opt::PassSet;

    #[test]
    fn every_pass_is_off_once_and_alone_once() {
        let thresholds = THRESHOLDS.map(|text| Values::parse(text).unwrap());
        let settings = settings(&thresholds);
        let with = |group: &'static str| settings.iter().filter(move |setting| setting.group == group);
        for (at, (off, alone)) in with("pass off").zip(with("pass alone")).enumerate() {
            let set =
                |setting: &Setting| PassSet::parse(setting.options[0].strip_prefix("--passes=").unwrap()).unwrap();
            assert_eq!(set(off), PassSet::ALL.with(at, false), "{off:?}");
            assert_eq!(set(alone), PassSet::NONE.with(at, true), "{alone:?}");
        }
        assert_eq!((with("pass off").count(), with("pass alone").count()), (PASSES.len(), PASSES.len()));
        assert_eq!((with("threshold").count(), with("tier").count()), (11, 3));
        assert_eq!(settings[0], Setting::default_pseudo());
        let mut names: Vec<_> = settings.iter().map(|setting| &setting.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), settings.len());
    }
}
