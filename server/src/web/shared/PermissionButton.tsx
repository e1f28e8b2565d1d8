import { Button, Tooltip, type ButtonProps } from '@mantine/core';
import type { ReactNode } from 'react';

import type { Role } from '../../contract/keys.ts';
import { usePermission } from './useRole.ts';

interface PermissionButtonProps extends ButtonProps {
	/** The lowest role that may do it. */
	role: Role;
	/** Why nobody can do it now. */
	problem?: string | undefined;
	onClick: () => void;
	children: ReactNode;
}

/** A button for those whose API key may do it. Where it does nothing, it says why; the keyboard reaches it still. */
export function PermissionButton({ role, problem, onClick, children, ...props }: PermissionButtonProps) {
	const { reason: missingRole } = usePermission(role);
	const reason = missingRole ?? problem;
	const isAllowed = reason === undefined;
	return (
		<Tooltip label={reason} disabled={isAllowed}>
			<Button
				{...props}
				data-disabled={!isAllowed || undefined}
				aria-disabled={!isAllowed}
				onClick={isAllowed ? onClick : undefined}
			>
				{children}
			</Button>
		</Tooltip>
	);
}
