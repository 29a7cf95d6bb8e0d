//! Between Jupyter and evcxr: passes every message on, and says "error" where a cell failed.
//!
//! Jupyter stops a "Run All" and colours a cell red when the reply to `execute_request` says `error`. evcxr says `ok`
//! after a panic; the stage has put a note of it among the cell's outputs, and here the note becomes the reply.

use crate::{ROLE, stage::FAILURE, workspace::{BORROWED, Workspace}};
use anyhow::{Context, Result};
use jupyter_protocol::{
    CommInfoReply, ConnectionInfo, ErrorOutput, ExecuteResult, ExecutionState, Header, HistoryReply, JupyterMessage,
    JupyterMessageContent as Content, KernelInfoRequest, Media, ReplyError, ReplyStatus,
};
use jupyter_zmq_client as zmq;
use std::{collections::{HashMap, VecDeque}, env, fs, path::{Path, PathBuf}, process::Stdio};
use tokio::{process::{Child, Command}, select, signal::unix::{SignalKind, signal}};

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

/// A request on its way.
struct Asked {
    /// Who asked, and the header as it came.
    identities: Vec<bytes::Bytes>,
    header: Header,
    /// evcxr's reply to `execute_request` waits here until the cell's last output is through.
    reply: Option<JupyterMessage>,
    is_idle: bool,
    failure: Option<ReplyError>,
}

/// The last requests, by the identifier of their message.
#[derive(Default)]
struct Requests {
    asked: HashMap<String, Asked>,
    order: VecDeque<String>,
    workspace: PathBuf,
}

/// How many requests are remembered: messages that belong to older ones are passed on as evcxr sent them.
const REMEMBERED: usize = 1000;

pub async fn serve(info: ConnectionInfo) -> Result<()> {
    let session = uuid::Uuid::new_v4().to_string();
    let mut front = Front {
        shell: zmq::create_kernel_shell_connection(&info, &session).await?,
        control: zmq::create_kernel_control_connection(&info, &session).await?,
        stdin: zmq::create_kernel_stdin_connection(&info, &session).await?,
        iopub: zmq::create_kernel_iopub_connection(&info, &session).await?,
    };
    let mut heartbeat = zmq::create_kernel_heartbeat_connection(&info).await?;
    tokio::spawn(async move { while heartbeat.single_heartbeat().await.is_ok() {} });

    let workspace = Workspace::open()?;
    let mut back = start(&workspace, &session).await?;
    let mut requests = Requests { workspace: workspace.path.clone(), ..Requests::default() };
    // evcxr reads its sockets once it is ready for cells: what is asked before waits for this first answer.
    back.shell.send(KernelInfoRequest {}.into()).await?;
    let mut is_ready = false;
    let (mut terminate, mut hang_up) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    loop {
        select! {
            Some(message) = read(&mut front.shell), if is_ready => match answer(&message) {
                Some(reply) => front.shell.send(reply).await?,
                None => back.shell.send(requests.note(message)).await?,
            },
            Some(message) = read(&mut front.control) => back.control.send(requests.note(message)).await?,
            Some(message) = read(&mut front.stdin) => back.stdin.send(message).await?,
            Some(message) = read(&mut back.stdin) => front.stdin.send(requests.address(message)).await?,
            Some(message) = read(&mut back.control) => front.control.send(requests.address(message)).await?,
            Some(message) = read(&mut back.shell) => {
                if !is_ready {
                    workspace.restore_lock()?;
                    is_ready = true;
                } else if let Some(reply) = requests.reply(message) {
                    front.shell.send(reply).await?;
                }
            }
            Some(message) = read(&mut back.iopub) => {
                let (outputs, reply) = requests.output(message);
                for output in outputs {
                    front.iopub.send(output).await?;
                }
                if let Some(reply) = reply {
                    front.shell.send(reply).await?;
                }
            }
            _ = back.process.wait() => return Ok(()),
            _ = terminate.recv() => break,
            _ = hang_up.recv() => break,
        }
    }
    let _ = back.process.kill().await;
    Ok(())
}

async fn start(workspace: &Workspace, session: &str) -> Result<Back> {
    let ip = std::net::Ipv4Addr::LOCALHOST.into();
    let (ports, listeners) = zmq::peek_ports_with_listeners(ip, 5).await?;
    let info = ConnectionInfo {
        transport: jupyter_protocol::connection_info::Transport::TCP,
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
    drop(listeners);
    let process = command.spawn().context("cannot start evcxr")?;
    let identity = zmq::peer_identity_for_session(session)?;
    Ok(Back {
        iopub: zmq::create_client_iopub_connection(&info, "", session).await?,
        shell: zmq::create_client_shell_connection_with_identity(&info, session, identity.clone()).await?,
        control: zmq::create_client_control_connection(&info, session).await?,
        stdin: zmq::create_client_stdin_connection_with_identity(&info, session, identity).await?,
        process,
    })
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

impl Requests {
    fn note(&mut self, mut message: JupyterMessage) -> JupyterMessage {
        let id = message.header.msg_id.clone();
        let identities = std::mem::take(&mut message.zmq_identities);
        let asked = Asked { identities, header: message.header.clone(), reply: None, is_idle: false, failure: None };
        self.asked.insert(id.clone(), asked);
        self.order.push_back(id);
        if self.order.len() > REMEMBERED {
            self.order.pop_front().and_then(|oldest| self.asked.remove(&oldest));
        }
        message
    }

    fn of(&mut self, message: &JupyterMessage) -> Option<&mut Asked> {
        self.asked.get_mut(&message.parent_header.as_ref()?.msg_id)
    }

    /// Gives a message from evcxr the address and the parent of the request that it answers.
    fn address(&mut self, mut message: JupyterMessage) -> JupyterMessage {
        if let Some(asked) = self.of(&message) {
            message.zmq_identities = asked.identities.clone();
            message.parent_header = Some(asked.header.clone());
        }
        message
    }

    /// What to send for a message from evcxr's shell socket: nothing yet for a cell whose outputs are not all through.
    fn reply(&mut self, message: JupyterMessage) -> Option<JupyterMessage> {
        let message = self.address(message);
        match (&message.content, self.of(&message)) {
            (Content::ExecuteReply(_), Some(asked)) => {
                asked.reply = Some(message);
                asked.verdict()
            }
            _ => Some(message),
        }
    }

    /// What to publish for a message that evcxr publishes, and the reply that it lets go.
    fn output(&mut self, message: JupyterMessage) -> (Vec<JupyterMessage>, Option<JupyterMessage>) {
        let mut message = self.address(message);
        message.zmq_identities = vec![message.message_type().to_owned().into()];
        let workspace = self.workspace.clone();
        let Some(asked) = self.of(&message) else {
            return (vec![message], None);
        };
        match &message.content {
            Content::ErrorOutput(ErrorOutput { ename, evalue, traceback }) => {
                asked.failure = Some(ReplyError { ename: ename.clone(), evalue: evalue.clone(), traceback: traceback.clone() });
                (vec![message], None)
            }
            Content::ExecuteResult(result) => match take_failure(&result.data, &workspace) {
                None => (vec![message], None),
                Some((failure, rest)) => {
                    let ReplyError { ename, evalue, traceback } = failure.clone();
                    let rest = rest.map(|data| with_content(&message, ExecuteResult { data, ..result.clone() }.into()));
                    let error = with_content(&message, ErrorOutput { ename, evalue, traceback }.into());
                    asked.failure = Some(failure);
                    (rest.into_iter().chain([error]).collect(), None)
                }
            },
            Content::Status(status) if status.execution_state == ExecutionState::Idle => {
                asked.is_idle = true;
                let reply = asked.verdict();
                (vec![message], reply)
            }
            _ => (vec![message], None),
        }
    }
}

impl Asked {
    /// The reply, once the cell's last output is through; it says `error` if the cell failed.
    fn verdict(&mut self) -> Option<JupyterMessage> {
        let mut reply = self.reply.take_if(|_| self.is_idle)?;
        if let (Content::ExecuteReply(content), Some(failure)) = (&mut reply.content, self.failure.take()) {
            content.status = ReplyStatus::Error;
            content.error = Some(Box::new(failure));
        }
        Some(reply)
    }
}

/// A message like the given one, with another content.
fn with_content(message: &JupyterMessage, content: Content) -> JupyterMessage {
    let msg_type = content.message_type().to_owned();
    let header = Header { msg_type: msg_type.clone(), msg_id: uuid::Uuid::new_v4().to_string(), ..message.header.clone() };
    JupyterMessage { header, content, zmq_identities: vec![msg_type.into()], ..message.clone() }
}

/// Splits the stage's note of a failure from the other outputs of a cell.
fn take_failure(data: &Media, workspace: &Path) -> Option<(ReplyError, Option<Media>)> {
    let mut data = serde_json::to_value(data).ok()?;
    let note = data.as_object_mut()?.remove(FAILURE)?;
    let note = note.as_str().map_or(Some(note.clone()), |text| serde_json::from_str(text).ok())?;
    let lines: Vec<String> = serde_json::from_value(note["text"].clone()).ok()?;
    let rest = data.as_object().is_some_and(|rest| !rest.is_empty()).then(|| serde_json::from_value(data.clone()).ok()).flatten();
    if note["kind"] != "panic" {
        return Some((ReplyError { ename: "Err".into(), evalue: lines.join("\n"), traceback: lines }, rest));
    }
    // The first line of a panic's report names the thread and the place, the others say what went wrong.
    let (place, said) = lines.split_first().map(|(first, said)| (first.as_str(), said.to_vec())).unwrap_or_default();
    let evalue = said.join("\n");
    let traceback = said.into_iter().chain(where_it_was(place, workspace)).collect();
    Some((ReplyError { ename: "panic".into(), evalue, traceback }, rest))
}

/// The place of a panic in words that a reader can use: the line of the cell itself, or a file of a crate.
fn where_it_was(report: &str, workspace: &Path) -> Option<String> {
    let (_, place) = report.split_once("panicked at ")?;
    let mut parts = place.trim_end_matches(':').rsplitn(3, ':');
    let (_column, line, file) = (parts.next()?, parts.next()?, parts.next()?);
    if file == "src/lib.rs" {
        // What evcxr has made of the cell: its lines are counted with evcxr's own, so the line itself is shown.
        let source = fs::read_to_string(workspace.join(file)).ok()?;
        let text = source.lines().nth(line.parse::<usize>().ok()?.checked_sub(1)?)?;
        return Some(format!("in the line: {}", text.trim()));
    }
    let inside = file.rfind("/src/").map_or(file, |at| &file[at + 1..]);
    Some(format!("in {inside}, line {line}"))
}
