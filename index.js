// For those who load the package by hand; n8n itself reads the paths in package.json.
const { Humanloop } = require('./dist/nodes/Humanloop/Humanloop.node.js');
const { HumanloopApi } = require('./dist/credentials/HumanloopApi.credentials.js');

module.exports = { Humanloop, HumanloopApi };
