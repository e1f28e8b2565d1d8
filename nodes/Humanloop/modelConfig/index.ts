import { defineResource } from '../execution/defineOperation';
import { create } from './create';
import { deploy } from './deploy';
import { get } from './get';
import { getAll } from './getAll';

export const modelConfig = defineResource('modelConfig', [create, deploy, get, getAll], 'get');
