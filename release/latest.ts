import { becomesLatest, readPackages } from './packages.ts';
import { latestAtNpm } from './registry.ts';

/*
 * `npm run --silent release:latest`: prints whether the image and the release on GitHub become the latest ones: true or false.
 * It says the same before and after npm has the version. Ask it where the answer is used: a newer version may come out
 * between two jobs.
 */
const [node] = readPackages();
console.log(becomesLatest(node!.version, latestAtNpm(node!.name)));
