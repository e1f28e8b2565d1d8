import { defineResource } from '../execution/defineOperation';
import { create } from './create';

export const feedback = defineResource('feedback', [create], 'create');
