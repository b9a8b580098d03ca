//! What board-check says of itself: help, man pages, completions, settings, and what
//! `make install` makes of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use board_check::config::KEYS;
use board_check::exit::Exit;
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_board-check");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A home folder of a user who has set nothing, with a repository in it.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(home.path("repository/.git")).unwrap();
        home
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.0.path())
            .current_dir(self.path("repository"));
        command
    }
}

#[track_caller]
fn assert_exit(output: &Output, code: i32, words: &str) {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stdout}\n---\n{stderr}");
    assert!(
        stdout.contains(words) || stderr.contains(words),
        "{stdout}\n---\n{stderr}"
    );
}

fn stdout(output: &Output) -> String {
    assert_exit(output, 0, "");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The commands, as `--help` lists them.
fn commands(home: &Home) -> Vec<String> {
    let help = stdout(&home.command(&["--help"]).output().unwrap());
    let listed = help
        .split("\n\n")
        .find(|part| part.starts_with("Commands:"));
    let lines = listed.unwrap().lines().skip(1);
    let names = lines.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|&name| name != "help")
        .map(str::to_owned)
        .collect()
}

/// The folder of all man pages.
fn man_pages(home: &Home) -> PathBuf {
    let folder = home.path("man");
    fs::create_dir(&folder).unwrap();
    let made = home.command(&["man", folder.to_str().unwrap()]).output();
    assert_exit(&made.unwrap(), 0, "");
    folder
}

#[test]
fn the_exit_codes_are_in_the_help_the_man_page_and_the_docs() {
    let home = Home::new();
    let help = stdout(&home.command(&["--help"]).output().unwrap());
    let man = stdout(&home.command(&["man"]).output().unwrap());
    let docs = fs::read_to_string(root().join("docs/host.md")).unwrap();
    let (_, man) = man.split_once(".SH \"EXIT STATUS\"").unwrap();
    for exit in Exit::ALL {
        let (code, meaning) = (exit.code(), exit.meaning());
        assert!(
            help.contains(&format!("\n  {code:>3}  {meaning}\n"))
                || help.ends_with(&format!("\n  {code:>3}  {meaning}\n")),
            "{exit:?}: {help}"
        );
        assert!(
            man.contains(&format!(
                "\n\\fB{code}\\fR\n{}\n",
                meaning.replace('-', "\\-")
            )),
            "{exit:?}: {man}"
        );
        let row = format!("\n| {code} | {meaning} |\n");
        assert!(docs.contains(&row), "docs/host.md lacks {row}");
    }
}

#[test]
fn a_command_that_judges_nothing_claims_no_verdict() {
    let home = Home::new();
    let folder = man_pages(&home);
    let judges = ["console", "replay"];
    for name in commands(&home) {
        let help = stdout(&home.command(&[&name, "--help"]).output().unwrap());
        let page = fs::read_to_string(folder.join(format!("board-check-{name}.1"))).unwrap();
        for text in [&help, &page] {
            let claims = text.contains("CRASHED: ");
            assert_eq!(claims, judges.contains(&&*name), "{name}: {text}");
        }
    }
    let help = stdout(&home.command(&["compare", "--help"]).output().unwrap());
    let codes = help
        .lines()
        .skip_while(|line| *line != "Exit codes:")
        .skip(1);
    let codes: Vec<&str> = codes
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(codes, ["0", "1", "2", "3"]);
}

#[test]
fn every_command_has_a_help_of_80_columns_a_man_page_and_an_example() {
    let home = Home::new();
    let folder = man_pages(&home);
    let docs = fs::read_to_string(root().join("docs/host.md")).unwrap();
    let mut calls = vec![vec!["--help".to_owned()]];
    let names = commands(&home);
    assert!(names.len() >= 6, "{names:?}");
    for name in &names {
        calls.push(vec![name.clone(), "--help".to_owned()]);
        let page = fs::read_to_string(folder.join(format!("board-check-{name}.1"))).unwrap();
        assert!(page.contains(".SH NAME"), "{page}");
        let example = format!("\nboard-check {name}");
        assert!(
            docs.contains(&example),
            "docs/host.md has no example of {name}"
        );
    }
    assert!(
        fs::read_to_string(folder.join("board-check.1"))
            .unwrap()
            .contains(".SH EXAMPLES")
    );
    assert_eq!(fs::read_dir(&folder).unwrap().count(), names.len() + 1);
    for call in calls {
        let call: Vec<&str> = call.iter().map(String::as_str).collect();
        let help = stdout(&home.command(&call).output().unwrap());
        let longest = help.lines().map(str::len).max().unwrap();
        assert!(longest <= 80, "{longest} columns:\n{help}");
    }
}

#[test]
fn every_setting_is_in_the_man_page_and_in_the_docs() {
    let home = Home::new();
    let man = stdout(&home.command(&["man"]).output().unwrap());
    let docs = fs::read_to_string(root().join("docs/host.md")).unwrap();
    for key in &KEYS {
        assert!(man.contains(key.variable), "{}", key.variable);
        let row = format!("\n| `{}` | `{}` | {} |", key.name, key.variable, key.about);
        assert!(docs.contains(&row), "docs/host.md lacks {row}");
    }
}

#[test]
fn config_shows_the_settings_and_where_each_comes_from() {
    let home = Home::new();
    fs::create_dir_all(home.path(".config/board-check")).unwrap();
    let personal = home.path(".config/board-check/config.toml");
    fs::write(&personal, "[ports]\ndesk = '/dev/nosuch'\n").unwrap();
    let project = home.path("repository/board-check.toml");
    fs::write(&project, "port = 'desk'\ntimeout = 60\n").unwrap();
    let mut command = home.command(&["config"]);
    let shown = stdout(&command.env("BOARD_CHECK_TIMEOUT", "5").output().unwrap());
    let row = |name: &str| -> Vec<String> {
        let mut lines = shown.lines().map(|line| line.split_whitespace());
        let row = lines.find(|line| line.clone().next() == Some(name));
        row.unwrap().skip(1).map(str::to_owned).collect()
    };
    assert_eq!(row("port"), ["desk", &format!("{}:1", project.display())]);
    assert_eq!(row("baud"), ["115200", "default"]);
    assert_eq!(row("timeout"), ["5", "BOARD_CHECK_TIMEOUT"]);
    assert_eq!(
        row("ports.desk"),
        ["/dev/nosuch", &format!("{}:2", personal.display())]
    );
    // The name stands for the port, and the command line beats the file.
    let run = home.command(&[]).output().unwrap();
    assert_exit(&run, 69, "No port /dev/nosuch.");
    let run = home.command(&["--port", "/dev/other"]).output().unwrap();
    assert_exit(&run, 69, "No port /dev/other.");
    let off = home.command(&["off"]).output().unwrap();
    assert_exit(&off, 69, "No port /dev/nosuch.");
}

#[test]
fn wrong_settings_end_what_needs_them_with_2_and_nothing_else() {
    let home = Home::new();
    fs::write(home.path("repository/board-check.toml"), "\n\ncolour = 1\n").unwrap();
    for call in [&["--port", "x"][..], &["off"], &["config"]] {
        let output = home.command(call).output().unwrap();
        assert_exit(
            &output,
            2,
            "board-check.toml:3: there is no setting \"colour\";",
        );
    }
    for call in [&["list"][..], &["--help"], &["man"]] {
        assert_exit(&home.command(call).output().unwrap(), 0, "");
    }
    fs::write(home.path("repository/board-check.toml"), "").unwrap();
    let mut command = home.command(&["--port", "x"]);
    let output = command.env("BOARD_CHECK_BAUD", "fast").output().unwrap();
    assert_exit(
        &output,
        2,
        "BOARD_CHECK_BAUD: baud cannot be \"fast\": must be from 50 to ",
    );
}

#[test]
fn bash_completes_commands_and_options() {
    let home = Home::new();
    let script = home.path("completions");
    fs::write(
        &script,
        stdout(&home.command(&["completions", "bash"]).output().unwrap()),
    )
    .unwrap();
    let complete = |word: &str| {
        let text = format!(
            "source {}; function=$(complete -p board-check | sed 's/.*-F //; s/ .*//'); \
             COMP_WORDS=(board-check {word}); COMP_CWORD=1; \
             $function board-check {word} board-check; echo ${{COMPREPLY[@]}}",
            script.display()
        );
        let output = Command::new("bash")
            .args(["--norc", "-c", &text])
            .output()
            .unwrap();
        stdout(&output).trim().to_owned()
    };
    assert_eq!(complete("--bau"), "--baud");
    assert_eq!(complete("repl"), "replay");
}

#[test]
fn zsh_and_fish_get_completions_that_name_every_command() {
    let home = Home::new();
    for shell in ["zsh", "fish"] {
        let script = stdout(&home.command(&["completions", shell]).output().unwrap());
        for name in commands(&home) {
            assert!(script.contains(&name), "{shell}: {name}");
        }
    }
    let output = home.command(&["completions", "tcsh"]).output().unwrap();
    assert_exit(&output, 2, "[possible values: bash, zsh, fish]");
}

#[test]
fn install_puts_everything_in_its_place() {
    let home = Home::new();
    let script = root().join("mk/scripts/install.sh");
    let output = Command::new(&script)
        .arg(BINARY)
        .env("PREFIX", "/usr")
        .env("DESTDIR", home.path("package"))
        .output()
        .unwrap();
    assert_exit(&output, 0, "");
    let installed = home.path("package/usr");
    let program = installed.join("bin/board-check");
    let version = Command::new(&program).arg("--version").output().unwrap();
    assert_exit(&version, 0, "board-check 0.1.0");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&program), 0o755);
    let mut files = vec![
        "share/bash-completion/completions/board-check".to_owned(),
        "share/zsh/site-functions/_board-check".to_owned(),
        "share/fish/vendor_completions.d/board-check.fish".to_owned(),
        "lib/udev/rules.d/70-board-check.rules".to_owned(),
        "share/man/man1/board-check.1".to_owned(),
    ];
    let pages = commands(&home).into_iter();
    files.extend(pages.map(|name| format!("share/man/man1/board-check-{name}.1")));
    for file in &files {
        let path = installed.join(file);
        assert_eq!(mode(&path), 0o644, "{file}");
        assert!(!fs::read(&path).unwrap().is_empty(), "{file}");
    }
    let said = stdout(&output);
    assert_eq!(said.lines().count(), files.len() + 1, "{said}");

    let missing = Command::new(&script).arg("nosuch").output().unwrap();
    assert_exit(&missing, 1, "There is no nosuch yet. Run: make host");
}
