import { defineResource } from '../execution/defineOperation';
import { create } from './create';
import { get } from './get';

export const modelConfig = defineResource('modelConfig', [create, get], 'get');
