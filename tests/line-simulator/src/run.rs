//! One simulated run: the real session and judge on a made-up line, and whether the
//! verdict is one that the truth permits.

use std::sync::atomic::AtomicBool;

use board_check::board;
use board_check::capture::{About, Reader, Writer};
use board_check::judge::{Verdict, board_name, judge};
use board_check::replay::replay;
use board_check::request::RunRequest;
use board_check::run::Run;
use board_check::session::{Session, Setup, Start};
use board_check::timeouts::PATIENCE;
use board_check_protocol::checks;

use crate::board::MadeUp;
use crate::channel::{Channel, List};
use crate::line::Line;

/// What came of a run.
pub(crate) struct Ending {
    pub(crate) verdict: Verdict,
    pub(crate) reason: String,
    /// The truth does not permit this verdict.
    pub(crate) wrong: bool,
    /// Verified records that the board did not say.
    pub(crate) corrupt: u64,
    /// Requests of the host for records, and for runs.
    pub(crate) rounds: u64,
    /// Bytes that both ends sent since the first request.
    pub(crate) sent: u64,
    /// The capture, judged again, gave another verdict.
    pub(crate) replay_differs: bool,
}

/// Runs `channel` once; everything depends on `seed` alone.
pub(crate) fn simulate(channel: &Channel, seed: u64, with_replay: bool) -> Ending {
    let mut random = fastrand::Rng::with_seed(seed);
    let request = RunRequest {
        only: channel.asked.only().map(str::to_owned),
        ..RunRequest::default()
    };
    let selected = request.selected();
    let mut board = MadeUp::new(random.u64(1..), random.fork());
    board.printk = channel.printk;
    board.stamps = !channel.no_stamps;
    if !channel.passes {
        board.fails = Some(selected[random.usize(..selected.len())]);
    }
    let at = random.usize(1..=selected.len());
    board.accident = channel.accident.map(|accident| (accident, at));
    change_list(&mut board, channel.list, &selected, &mut random);
    let truth = MadeUp::new(board.boot, random.fork());
    let truth = MadeUp {
        fails: board.fails,
        ..truth
    };

    let mut capture = Vec::new();
    let writer = with_replay.then(|| Writer::start(Box::new(&mut capture), &About::default()));
    let mut nonces = random.fork();
    let mut sent = 0;
    let setup = Setup {
        patience: PATIENCE,
        nonce: Box::new(move || nonces.u64(1..)),
        capture: writer.map(|writer| writer.expect("memory takes everything")),
        start: Start::default(),
        watch: &mut (),
        stop: &AtomicBool::new(false),
    };
    let run = Session::new(Line::new(channel, board, &mut sent), setup).run(&request);
    let (verdict, reason) = judged(&run);
    let again = with_replay.then(|| {
        let mut reader = Reader::open(capture.as_slice()).expect("it was just written");
        judged(&replay(&mut reader, |_| {}).expect("memory can be read"))
    });
    Ending {
        wrong: !permits(channel, verdict),
        corrupt: corrupt(&run, &truth),
        rounds: run.line.rounds + u64::from(run.requests),
        replay_differs: again.is_some_and(|again| again != (verdict, reason.clone())),
        verdict,
        reason,
        sent,
    }
}

fn judged(run: &Run) -> (Verdict, String) {
    let rules = board_name(run).and_then(board::released);
    let judgement = judge(run, rules.as_ref());
    (judgement.verdict, judgement.reason)
}

/// Verified results that are not as the board's check ended.
fn corrupt(run: &Run, truth: &MadeUp) -> u64 {
    let Some(records) = &run.records else {
        return 0;
    };
    let differs = |check: &&board_check::records::Check| {
        let known = checks::NAMES.contains(&check.name.as_str()) || check.name == RENAMED;
        let said = (check.outcome, check.detail.as_str());
        !known || said != truth.outcome(&check.name)
    };
    records.checks.values().filter(differs).count() as u64
}

/// True if `verdict` is neither stronger nor weaker than what happened and arrived.
fn permits(channel: &Channel, verdict: Verdict) -> bool {
    let truth = match (channel.accident, channel.list, channel.passes) {
        (Some(_), ..) => Verdict::Crashed,
        (None, _, false) => Verdict::Fail,
        (None, List::Other | List::Shorter, true) => Verdict::Incomplete,
        (None, List::Ours, true) => Verdict::Pass,
    };
    // Whatever a bad line took away is missing, but it adds nothing.
    let weaker = match verdict {
        Verdict::Incomplete => true,
        Verdict::Fail => !channel.passes,
        Verdict::Pass | Verdict::Crashed => false,
    };
    verdict == truth || weaker && !channel.is_clean()
}

/// A check that this release does not have.
const RENAMED: &str = "seed.device.renamed";

fn change_list(board: &mut MadeUp, list: List, selected: &[&str], random: &mut fastrand::Rng) {
    let spared = |name: &&&'static str| board.fails != Some(**name) && selected.contains(*name);
    let candidates: Vec<&'static str> = board.names.iter().filter(spared).copied().collect();
    let chosen = candidates[random.usize(..candidates.len())];
    match list {
        List::Ours => {}
        List::Other => {
            board.list ^= 1;
            let place = board.names.iter_mut().find(|name| **name == chosen);
            *place.expect("it was chosen from these") = RENAMED;
        }
        List::Shorter => board.names.retain(|name| *name != chosen),
    }
}
