import { defineResource } from '../execution/defineOperation';
import { create } from './create';

export const completion = defineResource('completion', [create], 'create');
