import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { newId } from '../domain/ids.ts';
import { settleConfig } from '../domain/modelConfig.ts';
import type { Store } from '../domain/store.ts';
import { parsePrompt, PromptFileError } from './promptFile.ts';

export type ImportedPrompt = { file: string; project: string; configId: string };

function promptFilesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.prompt'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The path below the folder, without its ending, with `/` on every system. */
function projectOf(dir: string, file: string): string {
  return relative(dir, file).slice(0, -'.prompt'.length).split(sep).join('/');
}

/**
 * Reads every .prompt file below a folder into a config of the project that its path names. All or none: throws
 * PromptFileError with the path, the line and what is wrong. What has been read before is found again, not doubled.
 */
export async function importPrompts(store: Store, dir: string): Promise<ImportedPrompt[]> {
  const files = promptFilesIn(dir).map((file) => {
    try {
      return { file, project: projectOf(dir, file), config: parsePrompt(readFileSync(file, 'utf8')) };
    } catch (error) {
      if (error instanceof PromptFileError) throw new PromptFileError(`${file}: ${error.message}`);
      throw error;
    }
  });
  return store.write(async (writes) => {
    const imported: ImportedPrompt[] = [];
    for (const { file, project, config } of files) {
      const stored = await settleConfig(writes, await writes.projectNamed(project, newId('pr')), config);
      imported.push({ file, project, configId: stored.id });
    }
    return imported;
  });
}
