//! The parameters of the compiler: one row each.

use super::methods::Tier;

macro_rules! define_params {
    ($($field:ident $default:literal $range:expr, $meaning:literal;)*) => {
        /// Values of all parameters.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Params {
            $(#[doc = $meaning] pub $field: u32,)*
        }

        impl Default for Params {
            fn default() -> Params {
                Params { $($field: $default,)* }
            }
        }

        /// A row of the table.
        #[derive(Clone, Copy, Debug)]
        pub struct ParamInfo {
            /// Its name, as `--param NAME=VALUE` takes it.
            pub name: &'static str,
            /// Its value if nothing else is said.
            pub default: u32,
            /// Smallest and largest value.
            pub range: (u32, u32),
            /// In words, with the unit.
            pub meaning: &'static str,
        }

        /// All parameters.
        pub const PARAMS: &[ParamInfo] = &[$(ParamInfo {
            name: stringify!($field), default: $default, range: $range, meaning: $meaning,
        },)*];

        impl Params {
            fn place(&mut self, name: &str) -> Option<&mut u32> {
                match name {
                    $(stringify!($field) => Some(&mut self.$field),)*
                    _ => None,
                }
            }

            /// The parameters that are not what they are by default, as `NAME=VALUE`.
            pub fn changed(&self) -> Vec<String> {
                let all = [$((stringify!($field), self.$field, $default),)*];
                let changed = all.into_iter().filter(|(_, value, default)| value != default);
                changed.map(|(name, value, _)| format!("{name}={value}")).collect()
            }
        }
    };
}

define_params! {
    hotloop    56    (1, 1 << 30),    "rounds of a loop before it is recorded";
    hotcall    112   (1, 1 << 30),    "calls of a function before it is hot";
    methodloop 20    (1, 1 << 30),    "rounds of a loop before its function becomes machine code as a whole";
    methodcall 40    (1, 1 << 30),    "calls of a function before it becomes machine code as a whole";
    hotexit    10    (1, 1 << 30),    "times an exit is taken before a side trace is recorded from it";
    tryside    4     (1, 1000),       "attempts to record a side trace from one exit, after which waits for the next grow faster";
    warmup     1250  (0, 1 << 20),    "thousands of instructions, about, that a program runs before anything is compiled; by default none with one tier alone, a lower threshold, or a trace dump";
    maxtrace   1000  (1, 60_000),     "traces at most";
    maxmethod  10000 (0, 1 << 30),    "functions compiled as a whole at most";
    maxrecord  4000  (1, 100_000),    "bytecode instructions in one trace at most";
    maxir      8000  (16, 60_000),    "IR instructions in one trace at most";
    maxside    100   (0, 60_000),     "side traces of one loop at most; of a function four times as many";
    outgrown   1000  (1, 1 << 30),    "times an exit is taken that has no side trace since there are as many as may be, before its loop or function is recorded anew; each time twice as many";
    sharesides 40    (0, 60_000),     "side traces of one root trace before it is recorded anew for them to share their ends";
    sharecalls 2     (0, 60_000),     "traces of a root that end with the call of a function before its side traces share their ends";
    maxbeside  10    (0, 1000),       "traces of one loop at most that are entered on other conditions than its first";
    maxsnap    500   (1, 60_000),     "snapshots in one trace at most";
    loopunroll 15    (0, 1000),       "rounds of an inner loop without a trace of its own that a recording follows";
    sideunroll 3     (0, 1000),       "such rounds that the first recording from an exit follows; with more the inner loop gets a trace first";
    shortloop  8     (0, 1000),       "rounds that a counted loop must have left to be recorded at once; with fewer it waits for the loop around it";
    watch      64    (0, 1 << 20),    "rounds of a loop that are watched for conditionals that go either way as it comes; 0: none";
    rarely     8     (0, 1 << 20),    "a conditional is a choice if it goes its rarer way at least every n-th time; 0: always";
    maxdepth   20    (1, 200),        "calls inlined into one another at most";
    recunroll  4     (0, 100),        "calls of one function inlined into one another at most";
    maxshapes  3     (0, 1 << 30),    "shapes, besides the first, of the objects at one place in the program from which on traces look their fields up by name";
    levelsides 32    (1, 60_000),     "side traces of a function before it is recorded anew with half as many calls of itself inlined into one another";
    maxmcode   4096  (16, 1 << 20),   "code memory, in KiB";
    retries    8     (0, 1000),       "abandoned recordings of a loop after which waits for the next grow faster";
    registers  16    (4, 16),         "registers of each kind that values may live in, at most";
    spillslots 256   (0, 256),        "places in memory for values that have no register, at most";
    exitstress 0     (0, 1 << 30),    "every n-th execution of a guard fails; 0: none does";
    forceexit  0     (0, 1 << 30),    "the guard of this number, counted over all traces from 1, always fails; 0: none does";
    avx        1     (0, 1),          "1: instructions on 256-bit registers, where the processor has them";
    verify     0     (0, 1),          "1: check every trace after every pass, and every register allocation";
    nursery    0     (0, 256),        "KiB of small objects after which a collection is asked for; 0: as it seems fit";
    stack      0     (0, 1 << 16),    "KiB of the register stack, 64 at least; 0: 64 MiB";
    gcstress   0     (0, 1 << 30),    "collect at the safepoint after every n-th allocation; 0: only where it is due";
    arrayguard 0     (0, 1 << 16),    "1: a page that faults lies behind the elements of every array; n: of the first 2000 and every n-th from then on";
}

impl Params {
    /// After how many rounds a loop's counter is out for the first time.
    pub fn first_rounds(&self, tier: Tier) -> u32 {
        first(tier, self.methodloop, self.hotloop)
    }

    /// After how many calls a function's is.
    pub fn first_calls(&self, tier: Tier) -> u32 {
        first(tier, self.methodcall, self.hotcall)
    }

    /// Instructions that a program runs before anything is compiled. None with a tier alone, nor where a threshold was lowered:
    /// who does so wants to see code.
    pub fn warmup_steps(&self, tier: Tier) -> u64 {
        let default = Params::default();
        let is_eager = self.hotloop < default.hotloop
            || self.hotcall < default.hotcall
            || self.methodloop < default.methodloop
            || self.methodcall < default.methodcall
            || self.hotexit < default.hotexit;
        let waits = tier == Tier::Auto && (!is_eager || self.warmup != default.warmup);
        if waits { u64::from(self.warmup) * 1000 } else { 0 }
    }

    /// Sets a parameter from `NAME=VALUE`.
    ///
    /// # Errors
    ///
    /// If there is no such parameter, or the value is not in its range: says what there is.
    pub fn set(&mut self, assignment: &str) -> Result<(), String> {
        let Some((name, value)) = assignment.split_once('=') else {
            return Err(format!("`{assignment}` is not of the form NAME=VALUE"));
        };
        let Some(info) = PARAMS.iter().find(|info| info.name == name) else {
            let names: Vec<&str> = PARAMS.iter().map(|info| info.name).collect();
            return Err(format!("there is no parameter `{name}`; there are {}", names.join(", ")));
        };
        let (least, most) = info.range;
        let number = value.parse().ok().filter(|number| (least..=most).contains(number));
        let Some(number) = number else {
            return Err(format!("`{name}` takes a number from {least} to {most}, not `{value}`"));
        };
        *self.place(name).expect("the table has it") = number;
        Ok(())
    }
}

fn first(tier: Tier, method: u32, trace: u32) -> u32 {
    match tier {
        Tier::Interp | Tier::Trace => trace,
        Tier::Method => method,
        Tier::Auto => method.min(trace),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_can_be_set_to_its_bounds() {
        for info in PARAMS {
            let mut params = Params::default();
            params.set(&format!("{}={}", info.name, info.range.0)).unwrap();
            params.set(&format!("{}={}", info.name, info.range.1)).unwrap();
            assert_eq!(*params.place(info.name).unwrap(), info.range.1);
            assert!((info.range.0..=info.range.1).contains(&info.default), "{}", info.name);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let mut params = Params::default();
        assert!(params.set("hotloop").unwrap_err().contains("NAME=VALUE"));
        assert!(params.set("nosuch=1").unwrap_err().contains("hotloop, hotcall"));
        assert!(params.set("hotloop=0").unwrap_err().contains("from 1 to"));
        assert!(params.set("hotloop=x").unwrap_err().contains("`x`"));
        assert_eq!(params, Params::default());
    }
}
