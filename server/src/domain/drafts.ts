import { draftDescription } from '../contract/modelConfigs.ts';
import type { ModelConfig } from './entities.ts';

/** Whether a config was only tried. It is stored because logs refer to it. It is no version until somebody stores it as one. */
export function isDraft({ description }: Pick<ModelConfig, 'description'>): boolean {
	return description === draftDescription;
}
