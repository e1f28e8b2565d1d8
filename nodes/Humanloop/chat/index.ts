import { defineResource } from '../execution/defineOperation';
import { create } from './create';

export const chat = defineResource('chat', [create], 'create');
