//! Between Jupyter and evcxr: passes every message on, and says "error" where a cell failed.
//!
//! Jupyter stops a "Run All" and colours a cell red when the reply to `execute_request` says `error`. evcxr says `ok`
//! after a panic; the stage has put a note of it among the cell's outputs, and here the note becomes the reply.

use crate::{
    ROLE,
    requests::Requests,
    workspace::{BORROWED, Workspace},
};
use anyhow::{Context, Result};
use jupyter_protocol::{
    CommInfoReply, ConnectionInfo, ExecuteReply, HistoryReply, JupyterMessage, JupyterMessageContent as Content,
    KernelInfoRequest, ReplyStatus, Status, connection_info::Transport,
};
use jupyter_zmq_client as zmq;
use std::{collections::VecDeque, env, fs, path::PathBuf, process::Stdio};
use tokio::{
    process::{Child, Command},
    select,
    signal::unix::{SignalKind, signal},
};

/// The kernel's side of Jupyter's five sockets.
struct Front {
    shell: zmq::KernelShellConnection,
    control: zmq::KernelControlConnection,
    stdin: zmq::KernelStdinConnection,
    iopub: zmq::KernelIoPubConnection,
}

/// evcxr, and a client's side of its sockets.
struct Back {
    shell: zmq::ClientShellConnection,
    control: zmq::ClientControlConnection,
    stdin: zmq::ClientStdinConnection,
    iopub: zmq::ClientIoPubConnection,
    process: Child,
}

struct Gate {
    front: Front,
    back: Back,
    requests: Requests,
    /// Requests that wait for the running cell: evcxr takes one at a time, and if that one fails, cells behind it must
    /// not run.
    waiting: VecDeque<JupyterMessage>,
    /// The `execute_request` that evcxr is at.
    running: Option<JupyterMessage>,
}

pub async fn serve(info: ConnectionInfo) -> Result<()> {
    let session = uuid::Uuid::new_v4().to_string();
    // The ports are bound first of all, so that Jupyter finds them while evcxr is still starting.
    let front = Front {
        shell: zmq::create_kernel_shell_connection(&info, &session).await?,
        control: zmq::create_kernel_control_connection(&info, &session).await?,
        stdin: zmq::create_kernel_stdin_connection(&info, &session).await?,
        iopub: zmq::create_kernel_iopub_connection(&info, &session).await?,
    };
    let mut heartbeat = zmq::create_kernel_heartbeat_connection(&info).await?;
    tokio::spawn(async move { while heartbeat.single_heartbeat().await.is_ok() {} });

    let workspace = Workspace::open()?;
    // evcxr's ports are chosen before it binds them; if somebody else was faster, it is started again with others.
    let back = match start(&workspace, &session).await {
        Ok(back) => back,
        Err(_) => start(&workspace, &session).await?,
    };
    let requests = Requests::new(workspace.path.clone());
    let mut gate = Gate { front, back, requests, waiting: VecDeque::new(), running: None };
    gate.wait_for_evcxr(&workspace).await?;
    gate.pass_messages().await
}

impl Gate {
    /// evcxr answers its first question once it is ready for cells.
    async fn wait_for_evcxr(&mut self, workspace: &Workspace) -> Result<()> {
        self.back.shell.send(KernelInfoRequest {}.into()).await?;
        select! {
            _ = read(&mut self.back.shell) => workspace.restore_lock(),
            status = self.back.process.wait() => anyhow::bail!("evcxr ended while starting ({})", status?),
        }
    }

    /// Passes messages both ways until evcxr ends or the kernel is told to.
    async fn pass_messages(&mut self) -> Result<()> {
        let (mut terminate, mut hang_up) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
        loop {
            let Gate { front, back, requests, waiting, .. } = self;
            select! {
                Some(message) = read(&mut front.shell) => waiting.push_back(message),
                Some(message) = read(&mut front.control) => back.control.send(requests.note(message)).await?,
                Some(message) = read(&mut front.stdin) => back.stdin.send(message).await?,
                Some(message) = read(&mut back.stdin) => front.stdin.send(requests.address(message)).await?,
                Some(message) = read(&mut back.control) => front.control.send(requests.address(message)).await?,
                Some(message) = read(&mut back.shell) => {
                    let reply = requests.reply(message);
                    self.reply(reply).await?;
                }
                Some(message) = read(&mut back.iopub) => {
                    let (outputs, reply) = requests.output(message);
                    for output in outputs {
                        front.iopub.send(output).await?;
                    }
                    self.reply(reply).await?;
                }
                _ = back.process.wait() => return Ok(()),
                _ = terminate.recv() => break,
                _ = hang_up.recv() => break,
            }
            self.ask().await?;
        }
        let _ = self.back.process.kill().await;
        Ok(())
    }

    /// Sends evcxr what waits, up to and including the next cell.
    async fn ask(&mut self) -> Result<()> {
        while self.running.is_none()
            && let Some(message) = self.waiting.pop_front()
        {
            if let Some(reply) = answer(&message) {
                self.front.shell.send(reply).await?;
                continue;
            }
            if matches!(message.content, Content::ExecuteRequest(_)) {
                self.running = Some(message.clone());
            }
            self.back.shell.send(self.requests.note(message)).await?;
        }
        Ok(())
    }

    /// Sends a reply to Jupyter. After a cell that failed, the cells that wait are not run: that is how "Run All" stops.
    async fn reply(&mut self, reply: Option<JupyterMessage>) -> Result<()> {
        let Some(reply) = reply else { return Ok(()) };
        if let Content::ExecuteReply(content) = &reply.content {
            let stops = self
                .running
                .take()
                .is_some_and(|asked| matches!(asked.content, Content::ExecuteRequest(asked) if asked.stop_on_error));
            if stops && content.status == ReplyStatus::Error {
                self.abort_waiting_cells().await?;
            }
        }
        Ok(self.front.shell.send(reply).await?)
    }

    async fn abort_waiting_cells(&mut self) -> Result<()> {
        let (cells, others) =
            self.waiting.drain(..).partition(|message| matches!(message.content, Content::ExecuteRequest(_)));
        self.waiting = others;
        let cells: VecDeque<JupyterMessage> = cells;
        for cell in cells {
            self.front.iopub.send(Status::busy().as_child_of(&cell)).await?;
            let aborted = ExecuteReply { status: ReplyStatus::Aborted, ..ExecuteReply::default() };
            self.front.shell.send(aborted.as_child_of(&cell)).await?;
            self.front.iopub.send(Status::idle().as_child_of(&cell)).await?;
        }
        Ok(())
    }
}

async fn start(workspace: &Workspace, session: &str) -> Result<Back> {
    let ip = std::net::Ipv4Addr::LOCALHOST.into();
    let (ports, listeners) = zmq::peek_ports_with_listeners(ip, 5).await?;
    let info = ConnectionInfo {
        transport: Transport::TCP,
        ip: ip.to_string(),
        shell_port: ports[0],
        iopub_port: ports[1],
        stdin_port: ports[2],
        control_port: ports[3],
        hb_port: ports[4],
        signature_scheme: "hmac-sha256".into(),
        key: uuid::Uuid::new_v4().to_string(),
        kernel_name: None,
    };
    let file = workspace.path.join("evcxr-connection.json");
    fs::create_dir_all(&workspace.path)?;
    fs::write(&file, serde_json::to_string(&info)?)?;
    let mut command = Command::new(env::current_exe()?);
    command
        .arg("--control_file")
        .arg(&file)
        .env(ROLE, "evcxr")
        .env("EVCXR_TMPDIR", &workspace.path)
        // evcxr would renew an installation of its own that it finds here.
        .env("JUPYTER_PATH", workspace.path.join("none"))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if workspace.borrowed {
        command.env(BORROWED, "1");
    }
    if let Some(tools) = toolchain() {
        let path = env::var_os("PATH").unwrap_or_default();
        command.env("PATH", env::join_paths([tools.clone()].into_iter().chain(env::split_paths(&path)))?);
        command.env("CARGO", tools.join("cargo")).env("RUSTC", tools.join("rustc"));
    }
    drop(listeners);
    let mut process = command.spawn().context("cannot start evcxr")?;
    let identity = zmq::peer_identity_for_session(session)?;
    let connect = async {
        anyhow::Ok((
            zmq::create_client_iopub_connection(&info, "", session).await?,
            zmq::create_client_shell_connection_with_identity(&info, session, identity.clone()).await?,
            zmq::create_client_control_connection(&info, session).await?,
            zmq::create_client_stdin_connection_with_identity(&info, session, identity.clone()).await?,
        ))
    };
    let (iopub, shell, control, stdin) = select! {
        sockets = connect => sockets?,
        status = process.wait() => anyhow::bail!("evcxr ended while starting ({})", status?),
    };
    Ok(Back { iopub, shell, control, stdin, process })
}

/// Where the compiler itself is. What is on the path is often rustup's stand-in, which looks it up at every call, and
/// rust-analyzer calls it some twenty times before the first cell.
fn toolchain() -> Option<PathBuf> {
    let output = std::process::Command::new("rustc").args(["--print", "sysroot"]).output().ok()?;
    let tools = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()).join("bin");
    (tools.join("cargo").exists() && tools.join("rustc").exists()).then_some(tools)
}

/// The next message; one that cannot be read is reported and passed over.
async fn read<S: zeromq::SocketRecv>(connection: &mut zmq::Connection<S>) -> Option<JupyterMessage> {
    loop {
        match connection.read().await {
            Ok(message) => return Some(message),
            Err(zmq::RuntimeError::ZmqError(error)) => {
                eprintln!("fabula-kernel: {error}");
                return None;
            }
            Err(error) => eprintln!("fabula-kernel: passed over a message: {error}"),
        }
    }
}

/// What evcxr leaves unanswered is answered here: an empty history, no widgets.
fn answer(message: &JupyterMessage) -> Option<JupyterMessage> {
    match message.content {
        Content::HistoryRequest(_) => Some(HistoryReply::default().as_child_of(message)),
        Content::CommInfoRequest(_) => Some(CommInfoReply::default().as_child_of(message)),
        _ => None,
    }
}
