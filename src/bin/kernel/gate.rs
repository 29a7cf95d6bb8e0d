//! Between Jupyter and evcxr: passes every message on, and says "error" where a cell failed.
//!
//! Jupyter stops a "Run All" and colours a cell red when the reply to `execute_request` says `error`. evcxr says `ok`
//! after a panic; the stage has put a note of it among the cell's outputs, and here the note becomes the reply.

use crate::{back::Back, requests::Requests, understudy::Principal, workspace::Workspace};
use anyhow::Result;
use jupyter_protocol::{
    CommInfoReply, ConnectionInfo, ExecuteReply, HistoryReply, JupyterMessage, JupyterMessageContent as Content,
    ReplyStatus, Status,
};
use jupyter_zmq_client as zmq;
use std::collections::VecDeque;
use tokio::{
    io::AsyncBufReadExt,
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

pub struct Gate {
    front: Front,
    back: Back,
    workspace: Workspace,
    requests: Requests,
    /// Requests that wait for the running cell: evcxr takes one at a time, and if that one fails, cells behind it must
    /// not run.
    waiting: VecDeque<JupyterMessage>,
    /// The `execute_request` that evcxr is at.
    running: Option<JupyterMessage>,
}

/// A kernel from its start to its end.
pub async fn serve(info: ConnectionInfo) -> Result<()> {
    let session = uuid::Uuid::new_v4().to_string();
    // The ports are bound first of all, so that Jupyter finds them while evcxr is still starting.
    let front = Front::open(&info, &session).await?;
    let workspace = Workspace::open()?;
    let back = Back::start(&workspace, &session).await?;
    Gate::new(front, back, workspace, 0).pass_messages(None).await
}

impl Front {
    async fn open(info: &ConnectionInfo, session: &str) -> Result<Front> {
        let front = Front {
            shell: zmq::create_kernel_shell_connection(info, session).await?,
            control: zmq::create_kernel_control_connection(info, session).await?,
            stdin: zmq::create_kernel_stdin_connection(info, session).await?,
            iopub: zmq::create_kernel_iopub_connection(info, session).await?,
        };
        let mut heartbeat = zmq::create_kernel_heartbeat_connection(info).await?;
        tokio::spawn(async move { while heartbeat.single_heartbeat().await.is_ok() {} });
        Ok(front)
    }
}

impl Gate {
    fn new(front: Front, back: Back, workspace: Workspace, rehearsed: usize) -> Gate {
        let requests = Requests::new(workspace.path.clone(), rehearsed);
        Gate { front, back, workspace, requests, waiting: VecDeque::new(), running: None }
    }

    /// The gate of a kernel whose evcxr runs already, and has run so many cells that the reader does not know of.
    pub async fn open(
        info: &ConnectionInfo,
        session: &str,
        workspace: Workspace,
        back: Back,
        rehearsed: usize,
    ) -> Result<Gate> {
        Ok(Gate::new(Front::open(info, session).await?, back, workspace, rehearsed))
    }

    /// Passes messages both ways until evcxr ends, the kernel is told to, or the process that Jupyter waits for is gone.
    pub async fn pass_messages(mut self, principal: Option<Principal>) -> Result<()> {
        let gone = async {
            match principal {
                Some(mut principal) => drop(principal.read_line(&mut String::new()).await),
                None => std::future::pending().await,
            }
        };
        tokio::pin!(gone);
        let (mut terminate, mut hang_up) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
        loop {
            let Gate { front, back, requests, waiting, .. } = &mut self;
            select! {
                Some(message) = read(&mut front.shell) => waiting.push_back(message),
                Some(message) = read(&mut front.control) => back.control.send(requests.note(message)).await?,
                Some(message) = read(&mut front.stdin) => back.stdin.send(message).await?,
                Some(message) = read(&mut back.stdin) => or_gone(front.stdin.send(requests.address(message)).await),
                Some(message) = read(&mut back.control) => or_gone(front.control.send(requests.address(message)).await),
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
                _ = &mut gone => break,
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
                or_gone(self.front.shell.send(reply).await);
                continue;
            }
            if let Content::ExecuteRequest(cell) = &message.content {
                self.workspace.furnish(&cell.code)?;
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
        or_gone(self.front.shell.send(reply).await);
        Ok(())
    }

    async fn abort_waiting_cells(&mut self) -> Result<()> {
        let (cells, others) =
            self.waiting.drain(..).partition(|message| matches!(message.content, Content::ExecuteRequest(_)));
        self.waiting = others;
        let cells: VecDeque<JupyterMessage> = cells;
        for cell in cells {
            self.front.iopub.send(Status::busy().as_child_of(&cell)).await?;
            let aborted = ExecuteReply { status: ReplyStatus::Aborted, ..ExecuteReply::default() };
            or_gone(self.front.shell.send(aborted.as_child_of(&cell)).await);
            self.front.iopub.send(Status::idle().as_child_of(&cell)).await?;
        }
        Ok(())
    }
}

/// The next message; one that cannot be read is reported and passed over.
pub async fn read<S: zeromq::SocketRecv>(connection: &mut zmq::Connection<S>) -> Option<JupyterMessage> {
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

/// Who asked may have gone before the answer came: JupyterLab, for one, asks a kernel that is slow to start again and
/// again, each time through a new connection. That is no reason to end.
fn or_gone<E>(_sent: Result<(), E>) {}
