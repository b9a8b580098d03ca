//! The real binary on every kind of port but the serial one.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use board_check_protocol::checks;

use crate::common::place::{Place, assert_exit, text};
use crate::common::rfc2217::{self, Manners};
use crate::common::server::Server;
use crate::common::{Board, FAILING, failing, line, mangle};

/// The command that joins its input and output with a TCP connection.
fn joined_with(server: &Server) -> String {
    let address = server.port.strip_prefix("tcp://").unwrap();
    let file = format!("/dev/tcp/{}", address.replace(':', "/"));
    format!("exec:echo its own words >&2; exec bash -c 'exec 3<>{file}; cat <&3 & exec cat >&3'")
}

#[test]
fn a_run_goes_over_tcp_unix_and_a_command() {
    let place = Place::new();
    let all = format!("PASS  All {} checks passed", checks::NAMES.len());
    let tcp = Server::tcp(Board::default());
    let (output, json) = place.judge(&tcp.port, &[]);
    assert_exit(&output, 0, &all);
    let capture = fs::read_to_string(json["capture"].as_str().unwrap()).unwrap();
    assert!(
        capture.contains(&format!("port {}\n", tcp.port)),
        "{capture}"
    );

    let unix = Server::unix(&place.path("console"), failing());
    let (output, _) = place.judge(&unix.port, &[]);
    assert_exit(&output, 1, FAILING);

    let (output, _) = place.judge(&joined_with(&tcp), &[]);
    assert_exit(&output, 0, &all);
    assert!(text(&output).contains("its own words"), "{}", text(&output));
}

#[test]
fn standard_input_and_output_are_the_line_and_nothing_else_goes_there() {
    let place = Place::new();
    let mut server = Server::unix(&place.path("console"), Board::default());
    let path = server.port.strip_prefix("unix:").unwrap();
    let socket = UnixStream::connect(path).unwrap();
    let end = || Stdio::from(OwnedFd::from(socket.try_clone().unwrap()));
    let mut command = place.command(&["--port", "-"]);
    let child = command.stdin(end()).stdout(end()).stderr(Stdio::piped());
    let output = child.spawn().unwrap().wait_with_output().unwrap();
    assert_exit(&output, 0, "PASS  All");
    let asked = server.stop().asked;
    assert_eq!(asked.len(), 1, "only a request: {asked:?}");

    let child = place.command(&["--port", "-"]).output().unwrap();
    assert_exit(&child, 3, "the standard input");
    let child = place.run(&["--port", "-", "--out", "json=-"]);
    assert_exit(&child, 2, "name a file");
    assert_eq!(
        text(&child).split("---").next(),
        Some("\n"),
        "nothing for the board"
    );
}

#[test]
fn what_is_no_endpoint_exits_with_2_and_says_what_one_is() {
    let place = Place::new();
    for (port, words) in [
        ("telnet://lab:23", "tcp://HOST:PORT"),
        ("tcp://lab", "the port is missing, as in tcp://lab:2000"),
        ("tcp://::1:2000", "needs brackets"),
        ("unix:", "the path is missing"),
        ("", "the port is empty"),
    ] {
        assert_exit(&place.run(&["--port", port]), 2, words);
    }
}

#[test]
fn what_cannot_be_reached_exits_with_69_and_says_why() {
    let place = Place::new();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let file = place.path("file");
    fs::write(&file, "").unwrap();
    let dead = place.path("dead");
    drop(UnixListener::bind(&dead).unwrap());
    let cases = [
        (format!("tcp://{free}"), "the connection was refused"),
        (
            "tcp://no-such-host.invalid:2000".to_owned(),
            "Is the name of the host right",
        ),
        (
            format!("unix:{}", place.path("none").display()),
            "there is no such file",
        ),
        (format!("unix:{}", file.display()), "it is no socket"),
        (
            format!("unix:{}", dead.display()),
            "the connection was refused",
        ),
        (
            dead.display().to_string(),
            "It is a socket: give --port unix:/",
        ),
    ];
    for (port, words) in cases {
        assert_exit(&place.run(&["--port", &port]), 69, words);
    }
}

#[test]
fn a_server_that_closes_at_once_is_busy_if_it_says_so() {
    let place = Place::new();
    // As ser2net 4.3 does.
    for (text, code, words) in [
        (
            "Port's device already in use\n\r",
            75,
            "somebody else, as its server says",
        ),
        (
            "Device open failure: Value or file not found\r\n",
            69,
            "and said \"Device open",
        ),
        ("", 69, "closed the connection at once"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            for _ in 0..2 {
                let (mut client, _) = listener.accept().unwrap();
                client.write_all(text.as_bytes()).unwrap();
            }
        });
        for scheme in ["tcp", "rfc2217"] {
            let output = place.run(&["--port", &format!("{scheme}://{address}")]);
            assert_exit(&output, code, words);
        }
        server.join().unwrap();
    }
}

#[test]
fn a_socket_that_takes_no_more_clients_is_busy_and_one_of_others_denied() {
    let place = Place::new();
    let path = place.path("console");
    // Nobody accepts, and the queue is short.
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::UNIX,
        rustix::net::SocketType::STREAM,
        None,
    );
    let socket = socket.unwrap();
    let address = rustix::net::SocketAddrUnix::new(&path).unwrap();
    rustix::net::bind(&socket, &address).unwrap();
    rustix::net::listen(&socket, 0).unwrap();
    let _first = UnixStream::connect(&path).unwrap();
    let port = format!("unix:{}", path.display());
    assert_exit(
        &place.run(&["--port", &port]),
        75,
        "as many clients as it takes",
    );

    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let mut command = place.as_nobody(&["--port", &port]);
    assert_exit(&command.output().unwrap(), 77, "Its mode 0000");
}

#[test]
fn the_end_of_a_command_is_told_with_its_status() {
    let place = Place::new();
    let (output, json) = place.judge("exec:exit 9", &[]);
    assert_exit(&output, 3, "INCOMPLETE");
    let reason = json["reason"].as_str().unwrap();
    assert!(
        reason.contains("the command ended with exit status 9"),
        "{reason}"
    );
    let (_, json) = place.judge("exec:kill -9 $$", &[]);
    let reason = json["reason"].as_str().unwrap();
    assert!(reason.contains("ended by signal 9"), "{reason}");
    let (output, json) = place.judge("exec:no-such-command", &[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        text(&output).contains("not found"),
        "the shell's words: {}",
        text(&output)
    );
    assert!(json["reason"].as_str().unwrap().contains("exit status 127"));
}

#[test]
fn a_command_is_ended_with_all_that_it_started() {
    let place = Place::new();
    let pids = place.path("pids");
    // Neither minds the end of its input, nor SIGTERM.
    let command = format!(
        "exec:trap '' TERM; sh -c 'echo $$ >>{0}; while :; do sleep 1; done' & \
         echo $$ >>{0}; while :; do sleep 1; done",
        pids.display()
    );
    let begun = Instant::now();
    let output = place.run(&["--port", &command, "--timeout", "0.5"]);
    assert_exit(&output, 3, "is ready within 0.5 s");
    assert!(begun.elapsed() < Duration::from_secs(20));
    let pids = fs::read_to_string(pids).unwrap();
    assert_eq!(pids.lines().count(), 2, "{pids}");
    for pid in pids.lines() {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        assert!(
            stat.is_empty() || stat.contains(") Z "),
            "it lives on: {stat}"
        );
    }
}

#[test]
fn a_server_of_serial_ports_is_told_speed_and_format_and_never_waited_for() {
    let place = Place::new();
    for manners in [
        Manners::Answers,
        Manners::NeverAnswers,
        Manners::Refuses,
        Manners::Mute,
        Manners::Pesters,
    ] {
        let board = Board {
            // As the bytes of a boot ROM at another speed, or of telnet itself.
            mangle: mangle("ok 5 ", 1, |text| {
                [&b"\xff\xfa\x2c\xff\xff\xf0\r\n"[..], &line(text)].concat()
            }),
            ..failing()
        };
        let heard = Arc::default();
        let server = rfc2217::serve(board, manners, &heard);
        let (output, json) = place.judge(&server.port, &["--baud", "65535"]);
        assert_exit(&output, 1, FAILING);
        assert_eq!(json["line"]["resent"], 0, "{manners:?}: no byte is lost");
        let capture = fs::read_to_string(json["capture"].as_str().unwrap()).unwrap();
        assert!(
            capture.contains("< \\xff\\xfa,\\xff\\xff\\xf0\\r\\n\n"),
            "{manners:?}: {capture}"
        );
        let heard = heard.lock().unwrap();
        let settings = [
            (1, vec![0, 0, 255, 255]),
            (2, vec![8]),
            (3, vec![1]),
            (4, vec![1]),
            (5, vec![1]),
        ];
        match manners {
            Manners::Refuses | Manners::Mute => assert_eq!(heard.commands, []),
            _ => assert_eq!(heard.commands, settings, "{manners:?}"),
        }
        let refusals = heard.negotiated.iter().filter(|said| **said == (252, 24));
        assert_eq!(refusals.count() > 0, manners == Manners::Pesters);
    }
}
