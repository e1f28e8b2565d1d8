export { Humanloop } from './dist/nodes/Humanloop/Humanloop.node.js';
export { HumanloopApi } from './dist/credentials/HumanloopApi.credentials.js';
