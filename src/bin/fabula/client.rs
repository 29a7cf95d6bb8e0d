//! A Jupyter client: starts a kernel, runs cells in it, and collects their outputs in the notebook format.

use crate::notebook::lines;
use anyhow::{Context, Result, bail};
use jupyter_protocol::{
    ConnectionInfo, ExecuteRequest, ExecutionState, JupyterMessage, JupyterMessageContent as Content,
    KernelInfoRequest, ReplyStatus, ShutdownRequest, connection_info::Transport,
};
use jupyter_zmq_client as zmq;
use serde_json::{Value, json};
use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    process::{Child, Command},
    runtime::Runtime,
    select,
    time::{sleep, timeout},
};

pub struct Kernel {
    runtime: Runtime,
    process: Child,
    shell: zmq::ClientShellConnection,
    control: zmq::ClientControlConnection,
    iopub: zmq::ClientIoPubConnection,
    /// Where its connection file lies: goes away with it.
    #[cfg_attr(not(test), expect(dead_code))]
    folder: tempfile::TempDir,
}

/// How often a kernel is started before its failing to start is an error.
const ATTEMPTS: usize = 3;

/// What became of a cell.
pub struct Executed {
    /// Jupyter outputs, without execution counts.
    pub outputs: Vec<Value>,
    /// The name and the text of the error that it ended with.
    pub error: Option<(String, String)>,
    pub seconds: f64,
}

impl Kernel {
    /// Starts `program --control_file FILE` in `folder` and waits until it answers.
    ///
    /// Ports are chosen before the kernel binds them, and in between somebody else may: then it ends at once, and is
    /// started again with others.
    pub fn start(program: &Path, envs: &[(String, String)], folder: &Path) -> Result<Kernel> {
        let mut attempt = 1;
        loop {
            match Kernel::try_start(program, envs, folder) {
                Err(error) if attempt == ATTEMPTS => return Err(error),
                Err(_) => attempt += 1,
                Ok(kernel) => return Ok(kernel),
            }
        }
    }

    fn try_start(program: &Path, envs: &[(String, String)], folder: &Path) -> Result<Kernel> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let files = tempfile::tempdir()?;
        let (process, (shell, control, iopub)) = runtime.block_on(async {
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
                kernel_name: Some("fabula".into()),
            };
            let file = files.path().join("connection.json");
            std::fs::write(&file, serde_json::to_string(&info)?)?;
            let mut command = Command::new(program);
            command.arg("--control_file").arg(&file).envs(envs.iter().cloned());
            command.current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
            drop(listeners);
            let mut process =
                command.spawn().with_context(|| format!("cannot start the kernel {}", program.display()))?;
            let session = uuid::Uuid::new_v4().to_string();
            let identity = zmq::peer_identity_for_session(&session)?;
            let connect = async {
                anyhow::Ok((
                    zmq::create_client_shell_connection_with_identity(&info, &session, identity).await?,
                    zmq::create_client_control_connection(&info, &session).await?,
                    zmq::create_client_iopub_connection(&info, "", &session).await?,
                ))
            };
            select! {
                sockets = connect => anyhow::Ok((process, sockets?)),
                status = process.wait() => bail!("the kernel ended while starting ({})", status?),
            }
        })?;
        let mut kernel = Kernel { runtime, process, shell, control, iopub, folder: files };
        kernel.wait_until_it_answers()?;
        Ok(kernel)
    }

    /// Asks for the kernel's information until both the reply and its echo on the publishing socket arrive: what is
    /// published before a client has subscribed is lost.
    fn wait_until_it_answers(&mut self) -> Result<()> {
        let Kernel { runtime, process, shell, iopub, .. } = self;
        runtime.block_on(async {
            let deadline = Instant::now() + Duration::from_secs(120);
            let (mut replied, mut heard) = (false, false);
            while !(replied && heard) {
                if Instant::now() > deadline {
                    bail!("the kernel does not answer within two minutes");
                }
                shell.send(KernelInfoRequest {}.into()).await?;
                let pause = sleep(Duration::from_millis(200));
                tokio::pin!(pause);
                loop {
                    select! {
                        message = shell.read() => { message?; replied = true; }
                        message = iopub.read() => { message?; heard = true; }
                        status = process.wait() => bail!("the kernel ended while starting ({})", status?),
                        _ = &mut pause => break,
                    }
                    if replied && heard {
                        break;
                    }
                }
            }
            // Answers to questions that were asked twice must not be taken for a cell's.
            while timeout(Duration::from_millis(50), async {
                select! { _ = shell.read() => (), _ = iopub.read() => () }
            })
            .await
            .is_ok()
            {}
            Ok(())
        })
    }

    /// As another client, asks for a cell to be run and goes before the answer comes.
    #[cfg(test)]
    pub fn ask_and_leave(&self, code: &str) -> Result<()> {
        let info: ConnectionInfo = serde_json::from_slice(&std::fs::read(self.folder.path().join("connection.json"))?)?;
        self.runtime.block_on(async {
            let session = uuid::Uuid::new_v4().to_string();
            let identity = zmq::peer_identity_for_session(&session)?;
            let mut shell = zmq::create_client_shell_connection_with_identity(&info, &session, identity).await?;
            shell.send(ExecuteRequest::new(code.into()).into()).await?;
            sleep(Duration::from_millis(200)).await;
            Ok(())
        })
    }

    /// Runs a cell. An error of the cell is part of what is returned; an `Err` means that the kernel is lost.
    pub fn execute(&mut self, code: &str, limit: Duration) -> Result<Executed> {
        let Kernel { runtime, process, shell, iopub, .. } = self;
        let start = Instant::now();
        let request = ExecuteRequest { allow_stdin: false, ..ExecuteRequest::new(code.into()) };
        let request: JupyterMessage = request.into();
        let id = request.header.msg_id.clone();
        let ours = |message: &JupyterMessage| message.parent_header.as_ref().is_some_and(|parent| parent.msg_id == id);
        runtime.block_on(async {
            shell.send(request).await?;
            let (mut reply, mut idle, mut outputs) = (None, false, Vec::new());
            let deadline = sleep(limit);
            tokio::pin!(deadline);
            while reply.is_none() || !idle {
                select! {
                    message = shell.read() => match message? {
                        message if !ours(&message) => {}
                        JupyterMessage { content: Content::ExecuteReply(content), .. } => reply = Some(content),
                        _ => {}
                    },
                    message = iopub.read() => match message? {
                        message if !ours(&message) => {}
                        JupyterMessage { content: Content::Status(status), .. } => idle |= status.execution_state == ExecutionState::Idle,
                        message => collect(&mut outputs, message.content)?,
                    },
                    status = process.wait() => bail!("the kernel died ({}) while it ran the cell", status?),
                    _ = &mut deadline => bail!("the cell took longer than {} s", limit.as_secs()),
                }
            }
            // For a cell that does not compile evcxr tells of everything that the compiler said, warnings included.
            let told: Vec<&Value> = outputs.iter().filter(|output| output["output_type"] == "error").collect();
            let said = told.iter().map(|output| text(&output["evalue"])).collect::<Vec<_>>().join("\n");
            let told = told.first().map(|first| (text(&first["ename"]), said));
            let failed = reply.is_some_and(|reply| reply.status != ReplyStatus::Ok);
            let error = told.or(failed.then(|| ("Error".into(), "the kernel reports an error without a text".into())));
            Ok(Executed { outputs, error, seconds: start.elapsed().as_secs_f64() })
        })
    }

    /// Asks the kernel to end, and makes it after ten seconds.
    pub fn shut_down(mut self) -> Result<()> {
        let Kernel { runtime, process, control, .. } = &mut self;
        runtime.block_on(async {
            control.send(ShutdownRequest { restart: false }.into()).await?;
            if timeout(Duration::from_secs(10), process.wait()).await.is_err() {
                process.kill().await?;
            }
            Ok(())
        })
    }

    /// The number of the kernel's process while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Adds a published message to the outputs; pieces of one stream become one output.
fn collect(outputs: &mut Vec<Value>, content: Content) -> Result<()> {
    match content {
        Content::StreamContent(stream) => {
            let name = serde_json::to_value(&stream.name)?;
            match outputs.last_mut().filter(|last| last["output_type"] == "stream" && last["name"] == name) {
                Some(last) => last["text"] = lines(&(crate::notebook::unlines(&last["text"]) + &stream.text)),
                None => outputs.push(json!({"output_type": "stream", "name": name, "text": lines(&stream.text)})),
            }
        }
        Content::ExecuteResult(result) => outputs.push(json!({
            "output_type": "execute_result", "execution_count": null, "metadata": {}, "data": bundle(serde_json::to_value(&result.data)?),
        })),
        Content::DisplayData(display) => {
            outputs.push(json!({"output_type": "display_data", "metadata": {}, "data": bundle(serde_json::to_value(&display.data)?)}))
        }
        Content::ErrorOutput(error) => outputs.push(json!({
            "output_type": "error", "ename": error.ename, "evalue": error.evalue, "traceback": error.traceback,
        })),
        _ => {}
    }
    Ok(())
}

fn bundle(mut data: Value) -> Value {
    for value in data.as_object_mut().into_iter().flat_map(|map| map.values_mut()) {
        if let Value::String(text) = value {
            *value = lines(text);
        }
    }
    data
}
