//! evcxr, and a client's side of its sockets.

use crate::{
    ROLE, cargo,
    gate::read,
    workspace::{BORROWED, Workspace},
};
use anyhow::{Context, Result, bail};
use jupyter_protocol::{
    ConnectionInfo, ExecuteRequest, JupyterMessage, JupyterMessageContent as Content, KernelInfoRequest, ReplyStatus,
    connection_info::Transport,
};
use jupyter_zmq_client as zmq;
use std::{env, fs, io, net::Ipv4Addr, process::Stdio};
use tokio::{
    process::{Child, Command},
    select,
};

pub struct Back {
    pub shell: zmq::ClientShellConnection,
    pub control: zmq::ClientControlConnection,
    pub stdin: zmq::ClientStdinConnection,
    pub iopub: zmq::ClientIoPubConnection,
    pub process: Child,
}

impl Back {
    /// Starts evcxr in a workspace and waits until it is ready for cells.
    pub async fn start(workspace: &Workspace, session: &str) -> Result<Back> {
        // evcxr's ports are chosen before it binds them; if somebody else was faster, it is started again with others.
        let mut back = match Back::try_to_start(workspace, session).await {
            Ok(back) => back,
            Err(_) => Back::try_to_start(workspace, session).await?,
        };
        // evcxr answers its first question once it is ready for cells.
        back.shell.send(KernelInfoRequest {}.into()).await?;
        select! {
            _ = read(&mut back.shell) => workspace.restore_lock()?,
            status = back.process.wait() => bail!("evcxr ended while starting ({})", status?),
        }
        Ok(back)
    }

    async fn try_to_start(workspace: &Workspace, session: &str) -> Result<Back> {
        let ip = Ipv4Addr::LOCALHOST.into();
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
            .envs(cargo::stand_in(&workspace.path)?)
            .stdin(Stdio::null())
            // What evcxr has to say at its start is nothing that a kernel's keeper should read.
            .stdout(io::stderr())
            .kill_on_drop(true);
        if workspace.borrowed {
            command.env(BORROWED, "1");
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
            status = process.wait() => bail!("evcxr ended while starting ({})", status?),
        };
        Ok(Back { iopub, shell, control, stdin, process })
    }

    /// Runs a cell that nobody has asked for, and waits until evcxr is idle again.
    pub async fn rehearse(&mut self, cell: &str) -> Result<()> {
        let request: JupyterMessage = ExecuteRequest::new(cell.into()).into();
        let id = request.header.msg_id.clone();
        self.shell.send(request).await?;
        let Some(reply) = read(&mut self.shell).await else { bail!("evcxr ended at the cell `{cell}`") };
        if let Content::ExecuteReply(reply) = &reply.content
            && reply.status != ReplyStatus::Ok
        {
            bail!("the cell `{cell}` fails");
        }
        while let Some(message) = read(&mut self.iopub).await {
            let of_this_cell = message.parent_header.as_ref().is_some_and(|parent| parent.msg_id == id);
            if of_this_cell
                && matches!(&message.content, Content::Status(status) if status.execution_state == jupyter_protocol::ExecutionState::Idle)
            {
                return Ok(());
            }
        }
        bail!("evcxr ended at the cell `{cell}`")
    }
}
