import { keepHeapSmall } from './commands/smallHeap.ts';

keepHeapSmall();
// Imported after that: to load modules takes most of the memory of a start.
const { runCommandLine } = await import('./commands/commandLine.ts');
await runCommandLine(process.argv.slice(2));
