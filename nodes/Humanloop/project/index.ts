import { defineResource } from '../execution/defineOperation';
import { getAll } from './getAll';

export const project = defineResource('project', [getAll], 'getAll');
