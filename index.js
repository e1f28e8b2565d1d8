// For code that loads the package itself. n8n reads the paths in package.json.
const { Humanloop } = require('./dist/nodes/Humanloop/Humanloop.node.js');
const { HumanloopApi } = require('./dist/credentials/HumanloopApi.credentials.js');

module.exports = { Humanloop, HumanloopApi };
