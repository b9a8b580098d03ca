use std::ffi::OsString;
use std::fs;

use clap::CommandFactory as _;
use tempfile::TempDir;

use super::*;
use crate::cli::Cli;
use crate::link::Endpoint;

/// A home folder with a repository in it, and a folder in that.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(home.path("work/repository/.git")).unwrap();
        fs::create_dir_all(home.path("work/repository/boards/one")).unwrap();
        home
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn write(&self, below: &str, text: &str) {
        fs::create_dir_all(self.path(below).parent().unwrap()).unwrap();
        fs::write(self.path(below), text).unwrap();
    }

    fn places(&self, current: &str) -> Places {
        Places {
            current: self.path(current),
            home: Some(self.0.path().to_owned()),
            personal: Some(self.path("config")),
            variable: |_| None,
        }
    }

    fn load(&self, current: &str) -> Settings {
        Settings::load(&self.places(current)).unwrap()
    }

    fn error(&self, text: &str) -> String {
        self.write("work/repository/board-check.toml", text);
        let error = Settings::load(&self.places("work/repository")).unwrap_err();
        let folder = format!("{}/work/repository/", self.0.path().display());
        error.to_string().replace(&folder, "")
    }
}

fn value<'a>(settings: &'a Settings, name: &str) -> Option<&'a str> {
    settings.get(name).map(|setting| setting.value.as_str())
}

#[test]
fn environment_beats_the_project_which_beats_the_user() {
    let home = Home::new();
    home.write(
        "config/board-check/config.toml",
        "port = 'c'\nbaud = 3\ntimeout = 3\nboard = 'c'\n",
    );
    home.write(
        "work/repository/board-check.toml",
        "# of the project\nport = 'b'\nbaud = 9600\n",
    );
    let mut places = home.places("work/repository/boards/one");
    places.variable = |name| (name == "BOARD_CHECK_PORT").then(|| OsString::from("a"));
    // 3 is no speed.
    assert!(Settings::load(&places).is_err());
    home.write(
        "config/board-check/config.toml",
        "port = 'c'\nbaud = 300\ntimeout = 2.5\nboard = 'c'\n",
    );
    let settings = Settings::load(&places).unwrap();
    assert_eq!(value(&settings, "port"), Some("a"));
    assert_eq!(value(&settings, "baud"), Some("9600"));
    assert_eq!(value(&settings, "timeout"), Some("2.5"));
    let origin = |name: &str| settings.get(name).unwrap().origin.to_string();
    assert_eq!(origin("port"), "BOARD_CHECK_PORT");
    assert!(origin("baud").ends_with("work/repository/board-check.toml:3"));
    assert!(origin("timeout").ends_with("config/board-check/config.toml:3"));
}

#[test]
fn the_project_s_file_is_looked_for_up_to_the_root_of_the_repository() {
    let home = Home::new();
    home.write("board-check.toml", "port = 'of home'\n");
    let port = |current: &str| {
        let settings = home.load(current);
        value(&settings, "port").map(str::to_owned)
    };
    assert_eq!(port("work/repository/boards"), None);
    assert_eq!(port("work").as_deref(), Some("of home"));
    home.write("work/repository/board-check.toml", "port = 'of root'\n");
    assert_eq!(
        port("work/repository/boards/one").as_deref(),
        Some("of root")
    );
    home.write(
        "work/repository/boards/board-check.toml",
        "port = 'nearest'\n",
    );
    assert_eq!(
        port("work/repository/boards/one").as_deref(),
        Some("nearest")
    );
    // Outside of both, a file above this folder may be anybody's.
    let mut places = home.places("work");
    places.home = None;
    let settings = Settings::load(&places).unwrap();
    assert_eq!(value(&settings, "port"), None);
}

#[test]
fn a_name_stands_for_a_port_and_the_project_may_leave_it_to_the_user() {
    let home = Home::new();
    home.write("work/repository/board-check.toml", "port = 'desk'\n");
    home.write(
        "config/board-check/config.toml",
        "[ports]\ndesk = '/dev/one'\nlab = 'tcp://lab:2001'\n",
    );
    let settings = home.load("work/repository");
    assert_eq!(settings.port("desk").unwrap().value, "/dev/one");
    assert_eq!(settings.port("lab").unwrap().value, "tcp://lab:2001");
    assert!(settings.port("other").is_none());
}

#[test]
fn a_board_file_is_looked_for_beside_the_settings_that_name_it() {
    let home = Home::new();
    home.write(
        "work/repository/board-check.toml",
        "board = 'rules/x.toml'\n",
    );
    let settings = home.load("work/repository/boards");
    let expected = home.path("work/repository/rules/x.toml");
    assert_eq!(value(&settings, "board"), expected.to_str());
    home.write("work/repository/board-check.toml", "board = 'qemu-arm'\n");
    let settings = home.load("work/repository/boards");
    assert_eq!(value(&settings, "board"), Some("qemu-arm"));
}

#[test]
fn what_is_wrong_is_named_with_file_and_line() {
    let home = Home::new();
    for (text, message) in [
        (
            "baud = 9600\n\ncolour = 'blue'\n",
            "board-check.toml:3: there is no setting \"colour\"; there are port, baud, timeout, \
             board, reset, shell and [ports].",
        ),
        (
            "port = 'x'\nbaud = 'fast'\n",
            "board-check.toml:2: baud is a number, not string.",
        ),
        (
            "port = 5\n",
            "board-check.toml:1: port is a text in quotes, not integer.",
        ),
        (
            "baud = 5\n",
            "board-check.toml:1: baud cannot be \"5\": must be from 50 to 4294967295.",
        ),
        (
            "timeout = 0\n",
            "board-check.toml:1: timeout cannot be \"0\": must be more than 0 and at most a day.",
        ),
        (
            "\nport = ''\n",
            "board-check.toml:2: port cannot be \"\": the port is empty; ",
        ),
        (
            "ports = 1\n",
            "board-check.toml:1: ports is a table, as in [ports], not integer.",
        ),
        (
            "[ports]\ndesk = 'socket://lab:1'\n",
            "board-check.toml:2: port cannot be \"socket://lab:1\": \"socket\" is no kind of port;",
        ),
        (
            "[ports]\ndesk = true\n",
            "board-check.toml:2: desk is a text in quotes, not boolean.",
        ),
        ("\x1b[2J = 1\n", "board-check.toml:1: this is no TOML: "),
        (
            "baud = 1\nbaud = 2\n",
            "board-check.toml:2: this is no TOML: duplicate key.",
        ),
        (
            "\"\\u001b\" = 1\n",
            "board-check.toml:1: there is no setting \"\\x1b\";",
        ),
    ] {
        let found = home.error(text);
        assert!(found.starts_with(message), "{text:?}: {found}");
        assert!(
            !found.contains('\x1b') && !found.contains('\n'),
            "{found:?}"
        );
    }
    fs::write(home.path("work/repository/board-check.toml"), [0xff, 0xfe]).unwrap();
    let error = Settings::load(&home.places("work/repository")).unwrap_err();
    assert!(
        error.to_string().starts_with("Cannot read the settings /"),
        "{error}"
    );
}

#[test]
fn every_key_is_an_option_and_becomes_its_default() {
    let settings = Settings {
        values: KEYS
            .iter()
            .map(|key| {
                let value = match key.name {
                    "reset" => "dtr",
                    _ if key.form == keys::Form::Number => "77",
                    _ => "x",
                };
                let origin = Origin::Environment(key.variable);
                key.setting(value.to_owned(), origin).unwrap()
            })
            .collect(),
        ..Settings::default()
    };
    let command = settings.apply(Cli::command());
    for key in &KEYS {
        assert_eq!(
            key.variable,
            format!("BOARD_CHECK_{}", key.name.to_uppercase())
        );
        let mut options = command.get_arguments();
        let option = options.find(|option| option.get_long() == Some(key.name));
        let defaults = option.unwrap().get_default_values();
        assert_eq!(defaults, [&settings.get(key.name).unwrap().value[..]]);
    }
    let parsed = command
        .try_get_matches_from(["board-check", "--port", "y"])
        .unwrap();
    assert_eq!(parsed.get_one::<u32>("baud_bits_per_second"), Some(&77));
    assert_eq!(parsed.get_one::<Endpoint>("port").unwrap().to_string(), "y");
}
