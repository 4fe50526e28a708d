@rem "npm start" begins with exec, which is a word of POSIX shells: here it only runs what follows.
@%*
