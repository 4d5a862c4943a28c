//! A game that lets its players write the rules: `cargo run --release -p pseudo --example embed`.
//!
//! The host registers functions, runs a script, calls functions of it thousands of times a second (they become machine
//! code), holds objects of the script, and stops a script that does not end.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pseudo::{Config, Error, ErrorKind, Object, TraceEvent, Value, Vm};

/// What a player has written.
const SCRIPT: &str = r#"
class Monster
    fn init(name, strength)
        self.name = name
        self.strength = strength
        self.x = 0.0
    end

    fn step(seconds)
        self.x += speed * seconds
        if self.x > 100.0 then
            self.x -= 100.0
            announce(self.name, "goes round")
        end
    end

    fn to_string()
        return "${self.name} at ${format("{:.1}", self.x)}"
    end
end

fn best(monsters)
    let found = nil
    for monster in monsters do
        if found == nil or monster.strength > found.strength then
            found = monster
        end
    end
    return found
end
"#;

fn main() -> Result<(), Error> {
    let config = Config::new().max_memory(64 << 20).max_time(Duration::from_secs(5)).sandbox(".");
    let mut vm = Vm::with_config(config)?;

    // Functions and values of the host.
    let log = Arc::new(Mutex::new(Vec::new()));
    let lines = log.clone();
    vm.register_fn("announce", move |who: String, what: String| lines.lock().unwrap().push(format!("{who} {what}")))?;
    vm.set_global("speed", 7.5)?;

    // What the compiler does.
    let traces = Arc::new(AtomicU32::new(0));
    let count = traces.clone();
    vm.on_trace_event(move |event| {
        if let TraceEvent::TraceCompiled { .. } = event {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });

    vm.exec_named("monsters.pseudo", SCRIPT)?;
    let monsters: Vec<Object> = [("orc", 12), ("troll", 30), ("bat", 2)]
        .into_iter()
        .map(|monster| vm.call("Monster", monster))
        .collect::<Result<_, Error>>()?;
    for _ in 0..5_000 {
        for monster in &monsters {
            vm.call_method::<()>(monster, "step", (0.01,))?;
        }
    }
    let best: Object = vm.call("best", (monsters,))?;
    println!("the strongest: {}", vm.text(&Value::Object(best.clone()))?);
    println!("its strength: {}", vm.field::<i64>(&best, "strength")?);
    let announced = log.lock().unwrap().clone();
    println!("announced: {} times, first `{}`", announced.len(), announced[0]);

    // What scripts do wrong is an error with a place.
    let error = vm.exec_named("wrong.pseudo", "fn f(x)\n    return announce(x)\nend\nf(1)").unwrap_err();
    println!("{} error in line {}: {}", error.kind_name().unwrap_or("?"), error.line().unwrap_or(0), error.message());
    let error = vm.eval::<String>("read_file('../secrets')").unwrap_err();
    println!("{} error: {}", error.kind_name().unwrap_or("?"), error.message());

    // A script that does not end is stopped from another thread.
    let handle = vm.interrupt_handle();
    let watchdog = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        handle.interrupt();
    });
    let error = vm.exec("let n = 0\nloop n += 1 end").unwrap_err();
    watchdog.join().expect("it only sleeps");
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    println!("stopped; n had {} digits", vm.global::<i64>("n")?.to_string().len());
    println!("traces compiled: {}", traces.load(Ordering::Relaxed) > 0);
    Ok(())
}
