// In a file of its own: old versions of Node.js cannot read this syntax.
import('../dist/main.js');
