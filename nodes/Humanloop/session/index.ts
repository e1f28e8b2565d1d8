import { defineResource } from '../execution/defineOperation';
import { getAll } from './getAll';

export const session = defineResource('session', [getAll], 'getAll');
