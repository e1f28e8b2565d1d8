import { defineResource } from '../execution/defineOperation';
import { getAll } from './getAll';
import { getUsage } from './getUsage';

export const project = defineResource('project', [getAll, getUsage], 'getAll');
