import type { INodeProperties } from 'n8n-workflow';

const imageFields: INodeProperties[] = [
	{
		displayName: 'Source',
		name: 'source',
		type: 'options',
		options: [
			{ name: 'Binary Field', value: 'binary' },
			{ name: 'URL', value: 'url' },
		],
		default: 'binary',
		description: 'Where the image comes from',
	},
	{
		displayName: 'Input Binary Field',
		name: 'binaryField',
		type: 'string',
		default: 'data',
		displayOptions: { show: { source: ['binary'] } },
		hint: 'Name of the field of the incoming item that has the image',
		description: 'Separate several names with commas. The images of one item can have up to 20 MB in all.',
	},
	{
		displayName: 'URL',
		name: 'url',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://example.com/photo.png',
		displayOptions: { show: { source: ['url'] } },
		description: 'Address of the image. The model provider must be able to load it.',
	},
	{
		displayName: 'Detail',
		name: 'detail',
		type: 'options',
		options: [
			{ name: 'Auto', value: 'auto', description: 'The model provider decides' },
			{ name: 'High', value: 'high', description: 'Takes more tokens' },
			{ name: 'Low', value: 'low', description: 'Takes fewer tokens' },
		],
		default: 'auto',
		description: 'How closely the model looks at the image, if the model lets you choose',
	},
];

/** The messages of Chat → Create, as messages.ts reads them. */
export const messageFields: INodeProperties[] = [
	{
		displayName: 'Specify Messages',
		name: 'specifyMessages',
		type: 'options',
		options: [
			{ name: 'Using Fields Below', value: 'fields' },
			{ name: 'Using JSON', value: 'json' },
		],
		default: 'fields',
		description: 'How to provide the messages. The model gets them after those of the chat template.',
	},
	{
		displayName: 'Messages',
		name: 'messages',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, sortable: true },
		placeholder: 'Add Message',
		default: {},
		displayOptions: { show: { specifyMessages: ['fields'] } },
		description: 'Messages of the chat, oldest first. Leave this empty if the chat template has all of them.',
		options: [
			{
				displayName: 'Message',
				name: 'values',
				values: [
					{
						displayName: 'Role',
						name: 'role',
						type: 'options',
						options: [
							{ name: 'Assistant', value: 'assistant', description: 'What the model answered before' },
							{ name: 'System', value: 'system', description: 'What the model has to follow' },
							{ name: 'User', value: 'user', description: 'What the user says to the model' },
						],
						default: 'user',
						description: "Whose message it is. For messages of tools, use 'Using JSON'.",
					},
					{
						displayName: 'Content',
						name: 'content',
						type: 'string',
						typeOptions: { rows: 3 },
						default: '',
						placeholder: 'e.g. Where is my parcel?',
						description: 'Text of the message. Variables of the template are not filled in here.',
					},
					{
						displayName: 'Images',
						name: 'images',
						type: 'fixedCollection',
						typeOptions: { multipleValues: true, sortable: true },
						placeholder: 'Add Image',
						default: {},
						displayOptions: { show: { role: ['user'] } },
						description: 'Images that belong to the message, for a model that can see images',
						options: [{ displayName: 'Image', name: 'values', values: imageFields }],
					},
				],
			},
		],
	},
	{
		displayName: 'Messages (JSON)',
		name: 'messagesJson',
		type: 'json',
		typeOptions: { rows: 5 },
		default: '[]',
		displayOptions: { show: { specifyMessages: ['json'] } },
		hint: 'Array of messages, e.g. [{ "role": "user", "content": "Hello" }]',
		description:
			'Messages as the API has them, oldest first, in an array. Use this for a conversation from another node, and for tool calls and their results.',
	},
];
