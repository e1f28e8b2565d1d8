import { becomesLatest, readPackages } from './packages.ts';
import { latestAtNpm } from './registry.ts';

/*
 * `npm run --silent release:latest`: prints whether the image and the release on GitHub become the latest ones: true or false.
 * It says the same before and after npm has the version.
 */
const [node] = readPackages();
console.log(becomesLatest(node!.version, latestAtNpm(node!.name)));
