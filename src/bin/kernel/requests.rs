//! The requests that are on their way to evcxr, and what becomes of their answers.

use crate::failure;
use jupyter_protocol::{
    ErrorOutput, ExecuteResult, ExecutionState, Header, JupyterMessage, JupyterMessageContent as Content, ReplyError,
    ReplyStatus,
};
use std::{
    collections::{HashMap, VecDeque},
    path::PathBuf,
};

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
pub struct Requests {
    asked: HashMap<String, Asked>,
    order: VecDeque<String>,
    workspace: PathBuf,
    /// Cells that evcxr ran before the first request: it has counted them, the reader has not.
    rehearsed: usize,
}

/// How many requests are remembered: messages that belong to older ones are passed on as evcxr sent them.
const REMEMBERED: usize = 1000;

impl Requests {
    pub fn new(workspace: PathBuf, rehearsed: usize) -> Requests {
        Requests { asked: HashMap::new(), order: VecDeque::new(), workspace, rehearsed }
    }

    pub fn note(&mut self, mut message: JupyterMessage) -> JupyterMessage {
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

    /// Gives a message from evcxr the address, the parent and the number of the request that it answers.
    pub fn address(&mut self, mut message: JupyterMessage) -> JupyterMessage {
        if let Some(asked) = self.of(&message) {
            message.zmq_identities = asked.identities.clone();
            message.parent_header = Some(asked.header.clone());
        }
        let count = match &mut message.content {
            Content::ExecuteReply(reply) => &mut reply.execution_count,
            Content::ExecuteInput(input) => &mut input.execution_count,
            Content::ExecuteResult(result) => &mut result.execution_count,
            _ => return message,
        };
        count.0 = count.0.saturating_sub(self.rehearsed);
        message
    }

    /// What to send for a message from evcxr's shell socket: nothing yet for a cell whose outputs are not all through.
    pub fn reply(&mut self, message: JupyterMessage) -> Option<JupyterMessage> {
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
    pub fn output(&mut self, message: JupyterMessage) -> (Vec<JupyterMessage>, Option<JupyterMessage>) {
        let mut message = self.address(message);
        message.zmq_identities = vec![message.message_type().to_owned().into()];
        let Requests { asked, workspace, .. } = self;
        let Some(asked) = message.parent_header.as_ref().and_then(|parent| asked.get_mut(&parent.msg_id)) else {
            return (vec![message], None);
        };
        match &message.content {
            Content::ErrorOutput(ErrorOutput { ename, evalue, traceback }) => {
                asked.failure =
                    Some(ReplyError { ename: ename.clone(), evalue: evalue.clone(), traceback: traceback.clone() });
                (vec![message], None)
            }
            Content::ExecuteResult(result) => match failure::take(&result.data, workspace) {
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
    let header =
        Header { msg_type: msg_type.clone(), msg_id: uuid::Uuid::new_v4().to_string(), ..message.header.clone() };
    JupyterMessage { header, content, zmq_identities: vec![msg_type.into()], ..message.clone() }
}
