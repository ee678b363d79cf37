"""Lost and wrong marks put right by what official Vietnamese texts say."""
