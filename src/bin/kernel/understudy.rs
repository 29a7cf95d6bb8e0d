//! An understudy: a kernel that has done what takes long before anybody asks for a kernel.
//!
//! What a reader waits for in a new notebook is mostly rust-analyzer, which reads the standard library and the crates
//! behind `:dep`, every time the same. While JupyterLab is open the course keeps one understudy, which starts evcxr and
//! rehearses those lines. The process that Jupyter starts finds it by its socket, hands it the connection, and lives as
//! long as it: each of the two ends with the other.

use crate::{back::Back, cargo::newest, gate::Gate, orphan, workspace::Workspace};
use anyhow::{Context, Result};
use jupyter_protocol::ConnectionInfo;
use serde::{Deserialize, Serialize};
use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::SystemTime,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt},
    net::{UnixListener, unix::OwnedReadHalf},
};

/// The name of an understudy's socket, in its workspace.
const SOCKET: &str = "understudy.sock";
/// What it rehearses: cells, one a line.
const REHEARSAL: &str = "FABULA_REHEARSAL";
/// What it says on its standard output, for whoever keeps it.
const READY: &str = "ready";
const TAKEN: &str = "taken";

#[derive(Serialize, Deserialize)]
struct Call {
    connection: ConnectionInfo,
    /// Where the cells would run: an understudy cannot move.
    folder: PathBuf,
}

/// The process that Jupyter waits for, as seen by the understudy: gone when the stream ends.
pub type Principal = tokio::io::BufReader<OwnedReadHalf>;

/// Gets ready, waits to be called, and is that kernel from then on.
pub async fn wait() -> Result<()> {
    let born = SystemTime::now();
    let session = uuid::Uuid::new_v4().to_string();
    let workspace = Workspace::open()?;
    let mut back = Back::start(&workspace, &session).await?;
    let rehearsal = env::var(REHEARSAL).unwrap_or_default();
    for cell in rehearsal.lines() {
        back.rehearse(cell).await?;
    }
    let socket = workspace.path.join(SOCKET);
    let listener = UnixListener::bind(&socket).with_context(|| format!("cannot wait at {}", socket.display()))?;
    println!("{READY}");
    loop {
        let (stream, _) = tokio::select! {
            caller = listener.accept() => caller?,
            status = back.process.wait() => anyhow::bail!("evcxr ended while waiting ({})", status?),
        };
        let (principal, mut answer) = stream.into_split();
        let mut principal = tokio::io::BufReader::new(principal);
        let mut line = String::new();
        principal.read_line(&mut line).await?;
        let Ok(call) = serde_json::from_str::<Call>(&line) else { continue };
        // What was rehearsed with other sources is of no use to anybody.
        let stale = sources().and_then(|sources| newest(&sources)).is_some_and(|changed| changed > born);
        if stale || call.folder != env::current_dir()? {
            answer.write_all(b"no\n").await?;
            if stale {
                return Ok(());
            }
            continue;
        }
        fs::remove_file(&socket)?;
        println!("{TAKEN}");
        let gate = Gate::open(&call.connection, &session, workspace, back, rehearsal.lines().count()).await?;
        answer.write_all(b"yes\n").await?;
        return gate.pass_messages(Some(principal)).await;
    }
}

/// The sources of the course's crate.
fn sources() -> Option<PathBuf> {
    Some(Path::new(&env::var_os("FABULA_LOCK")?).with_file_name("src"))
}

/// Calls an understudy to a connection, if one is ready, and returns once that kernel has ended. Without one, returns
/// false at once.
pub fn call(connection: &ConnectionInfo, live: &Path) -> Result<bool> {
    let folder = env::current_dir()?;
    let call = serde_json::to_string(&Call { connection: connection.clone(), folder })?;
    for entry in fs::read_dir(live).into_iter().flatten().flatten() {
        let Ok(mut stream) = UnixStream::connect(entry.path().join(SOCKET)) else { continue };
        let mut answers = BufReader::new(stream.try_clone()?).lines();
        if writeln!(stream, "{call}").is_err()
            || !answers.next().is_some_and(|answer| matches!(answer.as_deref(), Ok("yes")))
        {
            continue;
        }
        // Killed, this process takes the understudy with it: its end of the stream closes.
        orphan::end_with_parent(|| ());
        let _ = answers.next();
        return Ok(true);
    }
    Ok(false)
}
