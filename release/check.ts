import { problemsOf } from './problems.ts';

/* `npm run release:check -- v1.2.3`: whether a tag can be released. Prints what is in the way, one line each. */
const [tag] = process.argv.slice(2);
if (tag === undefined) throw new Error('Name the tag: npm run release:check -- v1.2.3');
const problems = problemsOf(tag);
for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log(`${tag} can be released.`);
process.exitCode = problems.length === 0 ? 0 : 1;
