import type { INodeType } from 'n8n-workflow';

import { getInputFields } from './inputFields';
import { searchModelConfigs } from './modelConfigs';
import { searchProjects } from './projects';

/** What the editor asks the node for while somebody fills in its fields. */
export const lookups = {
	listSearch: { searchModelConfigs, searchProjects },
	resourceMapping: { getInputFields },
} satisfies INodeType['methods'];
