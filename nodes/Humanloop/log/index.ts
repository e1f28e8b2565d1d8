import { defineResource } from '../execution/defineOperation';
import { get } from './get';
import { getAll } from './getAll';

export const log = defineResource('log', [get, getAll], 'getAll');
