import type { Linter } from 'eslint';

export const strictConfig: Linter.Config[];
export const scanConfig: Linter.Config[];
export const everywhereConfig: Linter.Config[];
