import { Anchor, Button } from '@mantine/core';
import { useState } from 'react';

import classes from './Log.module.css';

/** The image types that a browser only draws. SVG is not among them. */
const dataImage = /^data:image\/(png|jpeg|gif|webp);base64,/;

/** An image in a message. It is drawn on request; nothing is loaded from another host. */
export function Image({ url }: { url: string }) {
	const [isShown, setShown] = useState(false);
	if (dataImage.test(url)) {
		if (isShown) return <img src={url} alt="From the message" className={classes.image} />;
		return (
			<Button variant="default" size="xs" onClick={() => setShown(true)}>
				Show the image
			</Button>
		);
	}
	if (!/^https?:/.test(url)) return <em>An image that cannot be shown</em>;
	return (
		<Anchor href={url} target="_blank" rel="noreferrer noopener">
			Image on {new URL(url).host}
		</Anchor>
	);
}
