//! The board behind a real socket, in a thread.

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Board;

/// How long a read waits: the pace of the board.
const TICK: Duration = Duration::from_millis(2);

/// A board behind a listening socket. It lives on while clients come and go, and says
/// nothing to nobody while there is none.
pub(crate) struct Server {
    /// What `--port` takes.
    pub(crate) port: String,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Board>>,
}

/// What a client is to the board.
pub(crate) trait Client: Read + Write + Send {}

impl<T: Read + Write + Send> Client for T {}

impl Server {
    /// Listens on a free TCP port of the loopback.
    pub(crate) fn tcp(board: Board) -> Self {
        Self::tcp_with("tcp", board, |client| client)
    }

    /// The same; `wrap` makes of a client what the board talks to.
    pub(crate) fn tcp_with(
        scheme: &str,
        board: Board,
        wrap: impl FnMut(Box<dyn Client>) -> Box<dyn Client> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = format!("{scheme}://{}", listener.local_addr().unwrap());
        let accept = move || {
            let (client, _) = listener.accept()?;
            client.set_nonblocking(false)?;
            client.set_read_timeout(Some(TICK))?;
            client.set_nodelay(true)?;
            Ok(Box::new(client) as Box<dyn Client>)
        };
        Self::start(port, board, accept, wrap)
    }

    /// Listens on a Unix socket.
    pub(crate) fn unix(path: &Path, board: Board) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        listener.set_nonblocking(true).unwrap();
        let accept = move || {
            let (client, _) = listener.accept()?;
            client.set_nonblocking(false)?;
            client.set_read_timeout(Some(TICK))?;
            Ok(Box::new(client) as Box<dyn Client>)
        };
        Self::start(
            format!("unix:{}", path.display()),
            board,
            accept,
            |client| client,
        )
    }

    fn start(
        port: String,
        mut board: Board,
        accept: impl Fn() -> io::Result<Box<dyn Client>> + Send + 'static,
        mut wrap: impl FnMut(Box<dyn Client>) -> Box<dyn Client> + Send + 'static,
    ) -> Self {
        board.hurry();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let begun = Instant::now();
            while !stopped.load(Ordering::Relaxed) {
                match accept() {
                    Ok(client) => serve(&mut board, begun, wrap(client), &stopped),
                    Err(_) => std::thread::sleep(TICK),
                }
            }
            board
        });
        Self {
            port,
            stop,
            thread: Some(thread),
        }
    }

    /// Ends the server, which closes its connection; gives the board back.
    pub(crate) fn stop(&mut self) -> Board {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Talks to a client until it is gone.
fn serve(board: &mut Board, begun: Instant, mut client: Box<dyn Client>, stop: &AtomicBool) {
    let mut buffer = [0; 512];
    while !stop.load(Ordering::Relaxed) {
        let said = board.poll(begun.elapsed());
        if client.write_all(&said).is_err() {
            return;
        }
        match client.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => board.feed(begun.elapsed(), &buffer[..count]),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock) => {}
            Err(_) => return,
        }
    }
}
