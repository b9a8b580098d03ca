//! What the programs of this package share. What they time depends on what else the machine
//! does: so they take what they compare in turn, and the median.

/// How often each thing is measured.
pub const ROUNDS: usize = 5;

/// The one in the middle.
///
/// # Panics
/// If there is none.
pub fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// What else the machine did in the last minute: processes that were ready to run.
///
/// # Panics
/// If Linux does not say it.
pub fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").expect("/proc/loadavg");
    text.split(' ').next().expect("a number").to_owned()
}
