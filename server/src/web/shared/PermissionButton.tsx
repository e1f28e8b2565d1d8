import { Button, Tooltip, type ButtonProps } from '@mantine/core';
import type { ReactNode } from 'react';

import type { Role } from '../../contract/keys.ts';
import { usePermission } from './useRole.ts';

interface PermissionButtonProps extends ButtonProps {
	/** The lowest role that may do it. */
	role: Role;
	onClick: () => void;
	children: ReactNode;
}

/** A button for those whose API key may do it. For others it says why not; it can be reached with the keyboard still. */
export function PermissionButton({ role, onClick, children, ...props }: PermissionButtonProps) {
	const { isAllowed, reason } = usePermission(role);
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
