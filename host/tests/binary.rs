//! The real binary on real pseudo terminals: exit codes, output, files.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use board_check_protocol::{Outcome, checks};
use serde_json::Value;

use crate::common::place::{Place, assert_exit, text};
use crate::common::pty::{Pty, Terminal};
use crate::common::{Board, FAILING, failing, line, mangle};

/// As [`assert_exit`], with the words in the reason, which is whole in the JSON.
#[track_caller]
fn assert_reason((output, json): &(Output, Value), code: i32, words: &str) {
    assert_exit(output, code, json["verdict"].as_str().unwrap());
    let reason = json["reason"].as_str().unwrap();
    assert!(reason.contains(words), "{reason}");
}

/// Replays the capture of a report; all but where it lies must be the same.
fn assert_replays(place: &Place, json: &Value) {
    let capture = json["capture"].as_str().unwrap();
    let file = place.path("replay.json");
    let output = place.run(&[
        "replay",
        capture,
        "--out",
        &format!("json={}", file.display()),
    ]);
    let again: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    for (key, value) in json.as_object().unwrap() {
        assert_eq!(&again[key], value, "{key}");
    }
    assert_eq!(
        again.as_object().unwrap().len(),
        json.as_object().unwrap().len()
    );
    assert_eq!(i64::from(output.status.code().unwrap()), json["exit_code"]);
}

#[test]
fn a_pass_exits_with_0_and_is_reported_in_full() {
    let place = Place::new();
    let (output, json) = place.judge_board(Board::default(), &[]);
    let words = format!("PASS  All {} checks passed", checks::NAMES.len());
    assert_exit(&output, 0, &words);
    assert_eq!(json["schema_version"], 1);
    assert_eq!(json["verdict"], "PASS");
    assert_eq!(json["exit_code"], 0);
    assert_eq!(json["subset"], false);
    assert_eq!(json["board"], "qemu-aarch64");
    assert_eq!(json["image_faults"], false);
    assert_eq!(
        json["checks"].as_array().unwrap().len(),
        checks::NAMES.len()
    );
    assert_eq!(json["checks"][0]["outcome"], "pass");
    assert_eq!(json["kernel"]["oops"], 0);
    let capture = json["capture"].as_str().unwrap();
    assert!(
        capture.starts_with(place.0.path().to_str().unwrap()),
        "{capture}"
    );
    assert!(Path::new(capture).exists());
    assert_replays(&place, &json);
}

#[test]
fn a_failure_exits_with_1_and_has_its_figures() {
    let place = Place::new();
    let (output, json) = place.judge_board(failing(), &[]);
    let words = format!("1 of {} checks failed", checks::NAMES.len());
    assert_exit(&output, 1, &words);
    assert_eq!(json["verdict"], "FAIL");
    let mut all = json["checks"].as_array().unwrap().iter();
    let check = all.find(|check| check["name"] == FAILING).unwrap();
    assert_eq!(check["outcome"], "fail");
    assert_eq!(check["figures"]["offset"], 64);
    assert_eq!(check["figures"]["got"], "0xdead");
    assert_replays(&place, &json);
}

#[test]
fn a_crash_exits_with_4_and_has_its_evidence() {
    let place = Place::new();
    let panic = "[   12.000000] Kernel panic - not syncing: Attempted to kill init!\r\n\
                 [   12.000100] Call trace:\r\n\
                 [   12.000200] ---[ end Kernel panic - not syncing: Attempted to kill init! ]---\r\n";
    let board = Board {
        mangle: mangle("ok 9 ", 1, move |_| panic.into()),
        dies_at: Some(10),
        ..Board::default()
    };
    let (output, json) = place.judge_board(board, &[]);
    assert_exit(&output, 4, "Attempted to kill init");
    assert_eq!(json["verdict"], "CRASHED");
    assert_eq!(json["kernel"]["evidence"].as_array().unwrap().len(), 3);
    assert_eq!(json["checks"][46]["outcome"], "missing");
    assert_replays(&place, &json);
}

#[test]
fn a_board_that_hangs_or_goes_away_exits_with_3() {
    let hang = || Board {
        dies_at: Some(10),
        ..Board::default()
    };
    let place = Place::new();
    let judged = place.judge_board(hang(), &["--timeout", "0.3"]);
    assert_reason(&judged, 3, "the board said nothing new for 0.3 s");
    assert_replays(&place, &judged.1);

    let mut pty = Pty::start(hang());
    let path = pty.path.clone();
    let capture = place.path("capture");
    let watched = capture.clone();
    let ended = std::thread::spawn(move || {
        wait_for(|| fs::read_to_string(&watched).is_ok_and(|text| text.contains("ok 9 ")));
        pty.stop();
    });
    let arguments = ["--capture", capture.to_str().unwrap()];
    let judged = place.judge(&path, &arguments);
    ended.join().unwrap();
    assert_reason(&judged, 3, "before the port went away");
    assert_replays(&place, &judged.1);
}

#[test]
fn silence_and_garbage_exit_with_3_and_say_what_to_try() {
    let place = Place::new();
    let chatter = |text: &'static [u8]| Board {
        boot_text: "",
        mangle: Box::new(move |_| text.to_vec()),
        ..Board::default()
    };
    for (said, words) in [
        (&b""[..], "not a single byte"),
        (&b"\xff\xfe\x00\x80\x1b[2J"[..], "--baud"),
    ] {
        let judged = place.judge_board(chatter(said), &["--timeout", "0.4"]);
        assert_reason(&judged, 3, words);
        let (output, json) = judged;
        assert!(
            !output.stderr.contains(&0x1b),
            "a control byte came through"
        );
        assert_replays(&place, &json);
    }
}

#[test]
fn a_filter_is_a_subset_and_one_that_selects_nothing_exits_with_5() {
    let place = Place::new();
    let (output, json) =
        place.judge_board(failing(), &["--only", "seed.*", "--skip", "*.kmalloc.*"]);
    assert_exit(&output, 0, "PASS (subset)");
    assert_eq!(json["subset"], true);
    let names: Vec<_> = json["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| &check["name"])
        .collect();
    assert_eq!(
        names,
        [
            "seed.vmalloc.pattern",
            "seed.device.bad-offset",
            "seed.device.describe"
        ]
    );
    assert_replays(&place, &json);
    let (output, json) = place.judge("/nowhere", &["--only", "nosuch"]);
    assert_exit(&output, 5, "selects no check");
    assert_eq!(json["exit_code"], 5);
}

#[test]
fn a_board_file_makes_a_skip_right_and_goes_into_the_capture() {
    let skipping = || Board {
        results: vec![(FAILING, Outcome::Skip, "no-carveout")],
        name: "bench",
        ..Board::default()
    };
    let place = Place::new();
    assert_reason(&place.judge_board(skipping(), &[]), 3, "--board names one");
    let file = place.path("bench.toml");
    let rules = "name = 'bench'\nmachine = 'linux,dummy-virt'\n\
                 console = { device = 'x', baud = 9600, wiring = 'none' }\n\
                 allow_skip = [{ check = 'data.*', reason = 'no-carveout' }]\n";
    fs::write(&file, rules).unwrap();
    let (output, json) = place.judge_board(skipping(), &["--board", file.to_str().unwrap()]);
    assert_exit(&output, 0, "1 skipped");
    fs::remove_file(&file).unwrap();
    assert_replays(&place, &json);
}

#[test]
fn a_wrong_command_line_or_board_file_exits_with_2() {
    let place = Place::new();
    let bad = place.path("bad.toml");
    fs::write(&bad, "name = 'x'\ncolour = 'blue'\n").unwrap();
    let cases: [(&[&str], &str); 9] = [
        (&[], "--port PORT is needed"),
        (&["--nosuch"], "--nosuch"),
        (&["--port", "x", "--baud", "fast"], "invalid value"),
        (&["--port", "x", "--timeout", "0"], "more than 0"),
        (&["--port", "x", "--out", "xml=y"], "there are human, json"),
        (&["--port", "x", "--board", "nosuch"], "qemu-aarch64, "),
        (
            &["--port", "x", "--board", bad.to_str().unwrap()],
            "`colour`",
        ),
        (
            &["--port", "x", "--out", "json=/nowhere/x"],
            "Cannot write the report /nowhere/x",
        ),
        (&["replay", "/nowhere"], "Cannot open the capture /nowhere"),
    ];
    for (arguments, words) in cases {
        assert_exit(&place.run(arguments), 2, words);
    }
    let long = "x,".repeat(150) + "seed.*";
    assert_exit(&place.run(&["--port", "x", "--only", &long]), 2, "too long");
    let both = "The capture and a report cannot both go to ";
    let same = ["--port", "x", "--capture", "y", "--out", "json=y"];
    assert_exit(&place.run(&same), 2, &format!("{both}y."));
    let numbered = ["--capture", "y-{run}", "--out", "json=y-{run}"];
    let numbered = [&["--port", "x", "--until-fail"][..], &numbered].concat();
    assert_exit(&place.run(&numbered), 2, &format!("{both}y-{{run}}."));
    let over = ["replay", "bad.toml", "--out", "json=bad.toml"];
    assert_exit(&place.run(&over), 2, &format!("{both}bad.toml."));
    let pty = Pty::start(Board::default());
    let capture = ["--port", &pty.path, "--capture", "/nowhere/x"];
    assert_exit(
        &place.run(&capture),
        2,
        "Cannot write the capture /nowhere/x",
    );
}

#[test]
fn an_absent_port_and_what_is_none_exit_with_69() {
    let place = Place::new();
    let (output, json) = place.judge("/dev/nosuch", &[]);
    assert_exit(&output, 69, "board-check ports");
    assert_eq!(json["exit_code"], 69);
    assert_eq!(json["verdict"], "INCOMPLETE");
    assert_eq!(json["capture"], Value::Null);
    let file = place.path("file");
    fs::write(&file, "").unwrap();
    for port in ["/dev/null", "/tmp", file.to_str().unwrap()] {
        assert_exit(&place.run(&["--port", port]), 69, "is no serial port");
    }
    assert_exit(&place.run(&["off", "--port", "/dev/nosuch"]), 69, "No port");
}

/// A report that cannot be written leaves none of the others out.
#[test]
fn what_can_be_written_of_the_reports_is() {
    let place = Place::new();
    let (output, _) = place.judge_board(Board::default(), &["--capture", "capture"]);
    assert_exit(&output, 0, "PASS");
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let is_whole = |name: &str| {
        let text = fs::read(place.path(name)).unwrap();
        fs::remove_file(place.path(name)).unwrap();
        serde_json::from_slice::<Value>(&text).is_ok()
    };
    let words = "No space left on device";
    for call in [
        &["replay", "capture"][..],
        &["compare", "capture", "capture"],
    ] {
        let mut command = place.command(&[call, &["--out", "json=one"]].concat());
        assert_exit(&command.stdout(full()).output().unwrap(), 2, words);
        assert!(is_whole("one"), "{call:?}");
    }
    let outputs = ["--out", "json=/dev/full", "--out", "json=two"];
    let output = place.run(&[&["replay", "capture"][..], &outputs].concat());
    assert_exit(&output, 2, "Cannot write the report /dev/full: No space");
    assert!(is_whole("two"));
    assert!(text(&output).contains("PASS"), "{output:?}");
}

/// As on a terminal that is gone.
#[test]
fn a_sentence_that_nobody_can_read_changes_no_exit_code() {
    let place = Place::new();
    let cases: [(&[&str], i32); 4] = [
        (&["list", "--only", "nosuch"], 5),
        (&["--port", "x", "--only", "nosuch"], 5),
        (&["--port", "/dev/nosuch"], 69),
        (&["replay", "/nowhere"], 2),
    ];
    for (arguments, code) in cases {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut command = place.command(arguments);
        let status = command.stderr(full).status().unwrap();
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn a_busy_port_exits_with_75_and_names_who_has_it() {
    let place = Place::new();
    let pty = Pty::start(Board::default());
    let holder = serialport::new(&pty.path, 115_200).open_native().unwrap();
    let (output, json) = place.judge(&pty.path, &[]);
    let name = fs::read_to_string("/proc/self/comm").unwrap();
    assert_exit(
        &output,
        75,
        &format!("{} (process {})", name.trim_end(), std::process::id()),
    );
    assert_eq!(json["exit_code"], 75);
    drop(holder);
    let (output, _) = place.judge(&pty.path, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

#[test]
fn a_second_instance_on_one_port_names_the_first() {
    let place = Place::new();
    let terminal = Terminal::open();
    let capture = place.path("first.capture");
    let arguments = [
        "--port",
        &terminal.path,
        "--capture",
        capture.to_str().unwrap(),
    ];
    let mut first = place
        .command(&arguments)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(|| capture.exists());
    let second = place.run(&["--port", &terminal.path]);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_exit(&second, 75, "is in use by");
    // This test has the terminal open as well, so either may be named.
    let named = text(&second);
    let either = [first.id(), std::process::id()].map(|id| format!("(process {id})"));
    assert!(either.iter().any(|id| named.contains(id)), "{named}");
}

#[test]
fn a_denied_port_exits_with_77_and_says_who_may() {
    let place = Place::new();
    let pty = Pty::start(Board::default());
    fs::set_permissions(&pty.path, fs::Permissions::from_mode(0o060)).unwrap();
    let mut command = place.as_nobody(&["--port", &pty.path]);
    let output = command.output().unwrap();
    assert_exit(&output, 77, "sudo usermod -aG ");
    assert_exit(&output, 77, "belongs to the group ");
}

#[test]
fn an_interrupt_exits_with_130_and_keeps_the_capture() {
    let place = Place::new();
    let capture = place.path("interrupted.capture");
    for signal in ["-INT", "-TERM"] {
        let pty = Pty::start(Board {
            dies_at: Some(10),
            ..Board::default()
        });
        let child = place
            .command(&["--port", &pty.path, "--capture", capture.to_str().unwrap()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_for(|| fs::read_to_string(&capture).is_ok_and(|text| text.contains(" > ")));
        let kill = Command::new("kill")
            .arg(signal)
            .arg(child.id().to_string())
            .status();
        assert!(kill.unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_exit(&output, 130, "Interrupted");
        let text = fs::read_to_string(&capture).unwrap();
        assert!(text.ends_with(" end interrupted\n"), "{text}");
        let replay = place.run(&["replay", capture.to_str().unwrap()]);
        assert_exit(&replay, 130, "Interrupted");
        fs::remove_file(&capture).unwrap();
    }
}

fn wait_for(mut condition: impl FnMut() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it never came");
}

#[test]
fn json_on_the_standard_output_has_it_for_itself() {
    let place = Place::new();
    let pty = Pty::start(Board::default());
    let output = place.run(&["--port", &pty.path, "--out", "json=-"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["verdict"], "PASS");
    let stderr = String::from_utf8(output.stderr).unwrap();
    let words = format!("PASS  All {}", checks::NAMES.len());
    assert!(stderr.contains(&words), "{stderr}");
}

#[test]
fn without_a_terminal_there_is_neither_colour_nor_status_line() {
    let place = Place::new();
    let (output, _) = place.judge_board(failing(), &[]);
    for out in [&output.stdout, &output.stderr] {
        assert!(!out.iter().any(|byte| matches!(byte, 0x1b | b'\r')));
    }
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("Booting Linux"),
        "kernel messages stay visible: {stderr}"
    );
    let stdout = String::from_utf8(output.stdout).unwrap();
    let longest = stdout
        .lines()
        .filter(|line| !line.contains("capture: "))
        .map(|line| line.chars().count())
        .max();
    assert!(longest.unwrap() <= 80, "{stdout}");
}

#[test]
fn the_ports_are_a_line_each_for_programs() {
    let place = Place::new();
    let output = place.run(&["ports"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let listed = String::from_utf8(output.stdout).unwrap();
    for line in listed.lines() {
        assert_eq!(line.split('\t').count(), 8, "{line}");
    }
}

#[test]
fn off_is_acknowledged() {
    let place = Place::new();
    let mut pty = Pty::start(Board::default());
    assert_exit(&place.run(&["off", "--port", &pty.path]), 0, "powers off");
    assert!(pty.stop().is_off());
    let silent = Pty::start(Board {
        mangle: Box::new(|_| Vec::new()),
        boot_text: "",
        ..Board::default()
    });
    let output = place.run(&["off", "--port", &silent.path, "--timeout", "0.2"]);
    assert_exit(&output, 3, "not a single byte");
}

#[test]
fn an_echo_on_the_line_does_no_harm() {
    let place = Place::new();
    let board = Board {
        mangle: Box::new(|text| {
            [
                b"board-check run nonce=0 boot=0 12345678\r\n",
                &line(text)[..],
            ]
            .concat()
        }),
        ..failing()
    };
    let (output, _) = place.judge_board(board, &[]);
    assert_exit(&output, 1, FAILING);
}

#[test]
fn help_and_version_exit_with_0() {
    let place = Place::new();
    let commands = [&["--help"][..], &["replay", "--help"], &["off", "--help"]];
    for (command, name) in commands.into_iter().zip(["board-check", "replay", "off"]) {
        let help = place.run(command);
        assert_exit(&help, 0, &board_check::exit::table(name));
        let text = String::from_utf8(help.stdout).unwrap();
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    }
    assert_exit(&place.run(&["--version"]), 0, "board-check 0.1.0");
}
