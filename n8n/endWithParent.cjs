// Loaded into a child process before its own program: when its parent is gone without a word, by SIGKILL say, the child
// ends as if it had been told to. Otherwise it would keep the ports, and nobody would know of it.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// n8n hands its arguments on to a process of its own that has no channel.
process.channel?.unref();
