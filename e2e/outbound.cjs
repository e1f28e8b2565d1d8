// Loaded into n8n before its own code: writes down every connection that it tries to another machine, so that a run shows
// whether n8n calls home, on a machine without a network too.
const { appendFileSync } = require('node:fs');
const { Socket } = require('node:net');

/** The first line of each process: without one, nothing was watched. */
const loaded = 'watching';

appendFileSync(process.env.OUTBOUND_LOG, `${loaded}\n`);

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1|::ffff:127\..*)$/;
const { connect } = Socket.prototype;
Socket.prototype.connect = function (...args) {
	// Inside of node:net, the arguments come as one array.
	const [first, second] = Array.isArray(args[0]) ? args[0] : args;
	const {
		host = typeof second === 'string' ? second : 'localhost',
		path,
		port = first,
	} = first !== null && typeof first === 'object' ? first : {};
	if (!path && !loopback.test(host)) appendFileSync(process.env.OUTBOUND_LOG, `${host}:${port}\n`);
	return connect.apply(this, args);
};
